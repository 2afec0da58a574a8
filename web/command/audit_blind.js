// @ts-check
/** Places nobody came to for long, and places whose time is over: two lists of one panel. */

import { fill, h } from "./dom.js";
import { empty } from "./pane.js";
import { when } from "./time.js";

const LISTED = 200;

/**
 * @param {HTMLElement} holder
 * @param {{choose: (code: string) => void, mark: (codes: Set<string>|null) => void}} acts
 */
export function blindList(holder, { choose, mark }) {
  /** @type {any} */
  let answer = null;
  let isOverdue = false;
  let isMarked = false;

  const onMap = h(
    "button",
    {
      type: "button",
      class: "link small noprint",
      "aria-pressed": false,
      on: {
        click: () => {
          isMarked = !isMarked;
          draw();
          mark(isMarked ? codes() : null);
        },
      },
    },
    "在图上看",
  );
  const codes = () => new Set((isOverdue ? answer.overdue : answer.blind).map((/** @type {any} */ row) => row.grid));

  /** @param {boolean} wanted @param {string} word @param {number} count */
  const choice = (wanted, word, count) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": isOverdue === wanted,
        on: {
          click: () => {
            isOverdue = wanted;
            draw();
            if (isMarked) mark(codes());
          },
        },
      },
      `${word} ${count} 处`,
    );

  function draw() {
    const rows = isOverdue ? answer.overdue : answer.blind;
    onMap.textContent = isMarked ? "看全部颜色" : "在图上看";
    onMap.setAttribute("aria-pressed", String(isMarked));
    onMap.hidden = !rows.length && !isMarked;
    fill(
      holder,
      h(
        "header",
        {},
        h("h2", { class: "vh" }, "没人到的地方"),
        h(
          "div",
          { class: "seg plain-weight small" },
          choice(false, `超过 ${answer.blind_days} 天没人到`, answer.blind.length),
          choice(true, "必到点过期没到", answer.overdue.length),
        ),
        h("span", { class: "grow" }),
        onMap,
      ),
      rows.length
        ? h(
            "div",
            { class: "table-scroll" },
            h("table", {}, h("tbody", {}, rows.slice(0, LISTED).map(isOverdue ? overdue : blind))),
            rows.length > LISTED && h("p", { class: "table-foot t2 small" }, `先列 ${LISTED} 处，其余在导出的表格里。`),
          )
        : empty(isOverdue ? "没有过期没到的必到点" : `没有超过 ${answer.blind_days} 天没人到的地方`),
    );
  }

  /** @param {any} row @param {...any} cells */
  const line = (row, ...cells) =>
    h("tr", { data: { key: row.grid }, on: { click: () => choose(row.grid) } }, ...cells);
  /** @param {any} row @param {string} words */
  const opens = (row, words) =>
    h("td", {}, h("button", { type: "button", class: "plain b", on: { click: () => choose(row.grid) } }, words));
  /** @param {string|null} at */
  const last = (at) => h("td", { class: "t2" }, at ? `上次 ${when(at)}` : "没有到过的记录");

  /** @param {any} row */
  const blind = (row) =>
    line(row, opens(row, row.grid_name), h("td", { class: "n nowrap" }, `${row.days} 天`), last(row.last_at), h("td", { class: "t2" }, row.note));
  /** @param {any} row */
  const overdue = (row) =>
    line(
      row,
      opens(row, row.name),
      h("td", { class: "t2" }, row.grid_name),
      h("td", { class: "n nowrap" }, row.days === null ? "" : `${row.days} 天`),
      last(row.last_at),
    );

  return {
    /** @param {any} next */
    put(next) {
      answer = next;
      isMarked = false;
      draw();
    },
  };
}
