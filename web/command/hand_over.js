// @ts-check
/** Hand open tasks to somebody else: those ticked, all of a person, or all of villages and grids. Says what could not go and why. */

import { areaPicker } from "./area_picker.js";
import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy, empty } from "./pane.js";
import { labelled } from "./task_form.js";

/**
 * @param {HTMLElement} side @param {any[]} grids @param {string[]} ticked ids of tasks
 * @param {{cancel: () => void, done: () => void}} acts
 */
export function handOverForm(side, grids, ticked, { cancel, done }) {
  let which = ticked.length ? "ticked" : "person";
  const people = peopleOf(grids);
  const choose = (/** @type {string} */ name, /** @type {string} */ first) =>
    /** @type {HTMLSelectElement} */ (
      h(
        "select",
        { class: "field", name },
        h("option", { value: "" }, first),
        people.map((one) => h("option", { value: one.id }, `${one.name}（${one.grids}）`)),
      )
    );
  const from = choose("from", "选一个人");
  const to = choose("to", "选接手的人");
  const ground = /** @type {HTMLInputElement} */ (
    h("input", { class: "field", name: "ground", maxlength: 200, placeholder: "比如：请假到周五" })
  );
  const area = h("div", { class: "col gap" });
  const picker = areaPicker(area, grids, { changed: () => undefined });
  const place = h("div", { class: "col gap" });
  const modes = [
    ...(ticked.length ? [["ticked", `勾的 ${ticked.length} 件`]] : []),
    ["person", "一个人手上的"],
    ["areas", "一片网格的"],
  ].map(([key, word]) =>
    h("button", { type: "button", data: { which: key }, on: { click: () => pick(key) } }, word),
  );

  /** @param {string} next */
  function pick(next) {
    which = next;
    for (const mode of modes) mode.setAttribute("aria-pressed", String(mode.dataset.which === which));
    fill(place, which === "person" ? labelled("现在是谁的", from) : which === "areas" ? area : "");
  }

  const press = button("转交", { class: "btn main grow", icon: "ok" });
  press.addEventListener("click", () =>
    busy(press, "正在转……", async () => {
      const chosen =
        which === "ticked" ? { tasks: ticked } : which === "person" ? { person: from.value } : { areas: picker.codes() };
      if (which === "person" && !from.value) throw new Error("先选现在是谁的。");
      if (which === "areas" && !picker.codes().length) throw new Error("先选村或者网格。");
      if (!to.value) throw new Error("先选接手的人。");
      if (ground.value.trim().length < 2) throw new Error("写一句为什么转。");
      const answer = await post("tasks/hand-over", { ...chosen, to: to.value, ground: ground.value.trim() });
      told(side, answer, cancel);
      done();
    }),
  );
  fill(
    side,
    h("header", {}, icon("people"), h("h2", { class: "grow" }, "转交任务")),
    h(
      "div",
      { class: "in col gap scroll grow" },
      h("p", { class: "t2 small" }, "只转还没办的，办完的留在原来那个人名下。接手的人要负责那个网格。"),
      h("div", { class: "seg", role: "group", "aria-label": "转哪些" }, modes),
      place,
      labelled("转给", to),
      labelled("为什么", ground, "两个人都会看到"),
    ),
    h("div", { class: "panel-foot row" }, button("不转了", { class: "btn", act: cancel }), press),
  );
  pick(which);
}

/** @param {HTMLElement} side @param {any} answer @param {() => void} back */
function told(side, answer, back) {
  const head = answer.moved ? `转好了 ${answer.moved} 件` : "一件也没转成";
  fill(
    side,
    h("header", {}, icon("people"), h("h2", { class: "grow" }, "转交任务")),
    h(
      "div",
      { class: "in col gap scroll grow" },
      empty(head, answer.moved ? "两边的人手机连上网就能看到。" : "", answer.moved ? "ok" : "warn"),
      answer.stayed_count > 0 && [
        h("h3", { class: "item" }, `没转成 ${answer.stayed_count} 件`),
        h(
          "ul",
          { class: "lines" },
          answer.stayed.map((/** @type {any} */ row) =>
            h("li", {}, h("div", { class: "grow" }, h("b", {}, row.title), h("span", { class: "t2 small block" }, `${row.grid_name} · ${row.why}`))),
          ),
        ),
      ],
    ),
    h("div", { class: "panel-foot row" }, button("好", { class: "btn main grow", act: back })),
  );
}

/** Everybody with a duty in sight, once, with the grids. @param {any[]} grids */
function peopleOf(grids) {
  /** @type {Map<string, {id: string, name: string, places: string[]}>} */
  const found = new Map();
  for (const grid of grids)
    for (const one of grid.persons ?? []) {
      const known = found.get(one.id) ?? { id: one.id, name: one.name, places: [] };
      known.places.push(grid.name);
      found.set(one.id, known);
    }
  return [...found.values()]
    .map(({ id, name, places }) => ({
      id,
      name,
      grids: places.length > 2 ? `${places[0]}等 ${places.length} 个网格` : places.join("、"),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, "zh"));
}
