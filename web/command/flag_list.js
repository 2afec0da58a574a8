// @ts-check
/** Questions on the left: what is asked and where, never of whom. */

import { button, fill, h, tag } from "./dom.js";
import { pages } from "./pages.js";
import { empty } from "./pane.js";
import { ago, when } from "./time.js";

const SIGNS = /** @type {Record<string, [string, string]>} */ ({
  open: ["", "wait"],
  answered: ["main", "msg"],
  decided: ["ok", "ok"],
});
const STATES = /** @type {const} */ ([
  ["", "全部"],
  ["answered", "已回答"],
  ["open", "没回答"],
  ["decided", "已判断"],
]);

/** Where a question stands: colour, shape and word. @param {any} row */
export function stateTag(row) {
  const [kind, name] = SIGNS[row.state];
  return tag(kind, row.is_asked || row.state !== "open" ? name : "eye", row.state_word);
}

/**
 * @param {{list: HTMLElement, states: HTMLElement, title: HTMLElement}} at
 * @param {{read: (state: string, page: number) => Promise<any>, choose: (row: any) => void}} acts
 */
export function flagList(at, { read, choose }) {
  let state = "";
  let chosen = "";
  /** @type {any[]} */
  let rows = [];
  /** @type {any} */
  let counts = {};
  const book = pages(
    async (page) => {
      const answer = await read(state, page);
      counts = answer.counts;
      return answer;
    },
    (next) => {
      rows = next;
      draw();
    },
  );
  const buttons = STATES.map(([key, word]) =>
    button(word, { class: "", "aria-pressed": key === "", data: { state: key }, act: () => show(key) }),
  );
  fill(at.states, h("div", { class: "seg", role: "group", "aria-label": "看哪些" }, buttons));

  /** @param {string} key */
  const show = (key) => {
    state = key;
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.state === key));
    return book.first();
  };

  const draw = () => {
    const total = counts.open + counts.answered + counts.decided;
    fill(at.title, `标记 ${total} 条`);
    if (!rows.length) {
      const words = state ? "这里没有标记" : "没有要问的";
      fill(at.list, empty(words, "手机记到的和地上的对得上，就没有标记。"));
      return;
    }
    fill(at.list, h("ul", { class: "flag-rows" }, rows.map(item)), h("p", { class: "t2 small pad" }, book.foot("条")));
  };

  /** @param {any} row */
  const item = (row) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "plain flag-row",
          data: { key: row.id },
          "aria-current": row.id === chosen,
          on: { click: () => choose(row) },
        },
        h("b", { class: "clip" }, row.title),
        stateTag(row),
        h("span", { class: "t2 small clip" }, `${row.grid_name || "不在网格里"} · ${row.number}`),
        h("span", { class: "t3 small nowrap right", title: when(row.raised_at) }, ago(row.raised_at)),
      ),
    );

  /** @param {string} key */
  const select = (key) => {
    chosen = key;
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (at.list.querySelectorAll(".flag-row"))) {
      const isChosen = row.dataset.key === key;
      row.setAttribute("aria-current", String(isChosen));
      if (isChosen) row.scrollIntoView({ block: "nearest" });
    }
  };

  return {
    first: () => book.first(),
    select,
    rows: () => rows,
    chosen: () => rows.find((row) => row.id === chosen),
    /** @param {1|-1} step */
    move(step) {
      if (!rows.length) return;
      const from = rows.findIndex((row) => row.id === chosen);
      choose(rows[Math.min(rows.length - 1, Math.max(0, from + step))] ?? rows[0]);
    },
    /** A row that has changed since it was read. @param {any} next */
    put(next) {
      const index = rows.findIndex((row) => row.id === next.id);
      if (index < 0) return;
      if (rows[index].state !== next.state) {
        counts[rows[index].state] -= 1;
        counts[next.state] += 1;
      }
      rows[index] = next;
      draw();
      select(chosen);
    },
  };
}
