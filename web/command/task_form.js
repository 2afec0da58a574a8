// @ts-check
/** Give a task: to the accountable person of a grid, for a window, with admitted items only. */

import { button, fill, h, icon } from "./dom.js";
import { get, post } from "./http.js";
import { busy, empty, load } from "./pane.js";
import { dayOf, instant } from "./time.js";

const DAY_MS = 86_400_000;

/** The one accountable for a grid: its worker first, then who stands in, then its chief. @param {any} grid */
export function accountable(grid) {
  const order = ["worker", "stand_in", "chief"];
  return [...(grid.persons ?? [])].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role))[0];
}

/** @param {string} word @param {HTMLElement} field @param {string} [hint] */
export function labelled(word, field, hint = "") {
  return h(
    "label",
    { class: "labelled" },
    h("span", { class: "b" }, word, hint && h("span", { class: "t2 plain-weight" }, ` ${hint}`)),
    field,
  );
}

/** @param {Record<string, any>} props */
const input = (props) => /** @type {HTMLInputElement} */ (h("input", { class: "field", ...props }));

/**
 * @param {HTMLElement} holder
 * @param {any} grid
 * @param {{done: (task: any) => void, cancel?: () => void}} acts
 */
export async function taskForm(holder, grid, { done, cancel }) {
  await load(
    holder,
    () => Promise.all([get("items", { grid: grid.code }), get("key-places", { grid: grid.code })]),
    ([items, places]) => draw(holder, grid, items, places, { done, cancel }),
  );
}

/**
 * @param {HTMLElement} holder
 * @param {any} grid
 * @param {any[]} items
 * @param {any[]} places
 * @param {any} acts
 */
function draw(holder, grid, items, places, { done, cancel }) {
  const persons = grid.persons ?? [];
  const person = h(
    "select",
    { class: "field", name: "person", required: true },
    persons.map((/** @type {any} */ one) => h("option", { value: one.id }, `${one.name}（${roleWord(one.role)}）`)),
  );
  const first = accountable(grid);
  if (first) /** @type {HTMLSelectElement} */ (person).value = String(first.id);
  const place = h(
    "select",
    { class: "field", name: "key_place" },
    h("option", { value: "" }, "不限地点，整个网格"),
    places.map((one) => h("option", { value: one.id ?? one.uuid }, one.name)),
  );
  const title = input({ name: "title", maxlength: 80, placeholder: "不写就用第一项的名字" });
  const ground = input({ name: "ground", maxlength: 200, required: true, placeholder: "为什么要去，写给网格员看" });
  const today = dayOf();
  const day = input({ name: "day", type: "date", value: today, min: today, required: true });
  const until = input({ name: "until", type: "date", value: today, min: today, required: true });
  const list = h("fieldset", { class: "items" });
  const choices = () =>
    fill(
      list,
      h("legend", { class: "b" }, "看什么 ", h("span", { class: "t2 plain-weight" }, "只能选准入的事项")),
      itemChoices(suited(items, places, /** @type {HTMLSelectElement} */ (place).value)),
    );
  place.addEventListener("change", choices);
  choices();
  const send = button("给任务", { class: "btn main grow", icon: "ok", type: "submit" });
  const form = h(
    "form",
    {
      class: "col gap",
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void busy(send, "正在给……", async () => {
            const chosen = [...list.querySelectorAll("input:checked")].map(
              (box) => /** @type {HTMLInputElement} */ (box).value,
            );
            if (!chosen.length) throw new Error("请至少选一项。");
            done(
              await post("tasks", {
                grid: grid.code,
                person: valueOf(person),
                key_place: valueOf(place) || null,
                title: title.value.trim(),
                ground: ground.value.trim(),
                from: instant(day.value, "00:00"),
                to: new Date(Date.parse(instant(until.value, "00:00")) + DAY_MS).toISOString(),
                items: chosen,
              }),
            );
          });
        },
      },
    },
    persons.length
      ? labelled("给谁", person)
      : h("p", { class: "note danger" }, icon("people"), "这个网格没有责任人，先指定一位，才能给任务。"),
    labelled("地点", place),
    list,
    labelled("缘由", ground),
    labelled("标题", title, "可以不写"),
    h("div", { class: "pair" }, labelled("从", day), labelled("到", until)),
    h(
      "div",
      { class: "row wrap" },
      persons.length > 0 && items.length > 0 && send,
      cancel && button("不给了", { act: cancel }),
    ),
  );
  fill(holder, items.length ? form : empty("没有准入的事项", "县里准入后，才能派给网格员。", "list"));
}

/** @param {string} role */
export function roleWord(role) {
  return { worker: "网格员", chief: "网格长", stand_in: "替班" }[role] ?? role;
}

/** @param {HTMLElement} field */
const valueOf = (field) => /** @type {HTMLSelectElement} */ (field).value;

/**
 * Items of the place's kind when a place is chosen, of the grid when none is.
 * @param {any[]} items
 * @param {any[]} places
 * @param {string} chosen
 */
function suited(items, places, chosen) {
  const place = places.find((one) => String(one.id ?? one.uuid) === chosen);
  const fit = items.filter((item) =>
    place
      ? item.object_kind === "key_place" && (!item.place_kinds?.length || item.place_kinds.includes(place.kind))
      : item.object_kind !== "key_place",
  );
  return fit.length ? fit : items;
}

/** @param {any[]} items */
function itemChoices(items) {
  return items.map((item) =>
    h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", name: "items", value: item.item }),
      h(
        "span",
        { class: "grow" },
        item.text,
        h(
          "span",
          { class: "t2 small block" },
          [item.line, `约 ${item.minutes} 分钟`, evidenceWord(item)].filter(Boolean).join(" · "),
        ),
      ),
    ),
  );
}

/** What is asked for, and why: never one without the other. @param {any} item */
function evidenceWord(item) {
  const word = { photo: "要照片", photo_on_problem: "有问题时拍照", checkpoint: "要到点", note: "要写几句" }[
    /** @type {string} */ (item.evidence)
  ];
  return word && item.necessity_ground ? `${word}：${item.necessity_ground}` : word;
}
