// @ts-check
/** What is kept beyond its time: about whom, which days, who placed it and why; placed and lifted with a reason. */

import { button, fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { pages } from "./pages.js";
import { busy, empty, load } from "./pane.js";
import { labelled } from "./task_form.js";
import { dayOf, when } from "./time.js";

const GROUNDS = { dispute: "争议", case: "案件" };
const MOST = 6;

/** @param {Record<string, any>} props */
const input = (props) => /** @type {HTMLInputElement} */ (h("input", { class: "field", ...props }));

/** @param {{list: HTMLElement, form: HTMLElement, opener: HTMLElement, foot: HTMLElement}} places */
export async function holds({ list, form, opener, foot }) {
  const book = pages((page) => get("holds", { page }), draw);
  const refresh = () => load(list, book.first, () => undefined);
  const open = button("新的保全", { icon: "lock", class: "btn", act: () => show(true) });
  fill(opener, open);

  /** @param {boolean} isOpen */
  function show(isOpen) {
    form.hidden = !isOpen;
    open.hidden = isOpen;
    if (isOpen) placeForm(form, { done: () => (show(false), void refresh()), cancel: () => show(false) });
  }

  /** @param {any[]} rows */
  function draw(rows) {
    fill(list, rows.length ? h("ul", { class: "lines" }, rows.map((row) => line(row, refresh))) : empty("没有保全", "有争议，或者案子要用，就在这里让那几天的记录到时间也不删。", "lock"));
    fill(foot, rows.length ? book.foot("条") : "");
  }
  await refresh();
}

/** @param {any} hold @param {() => void} refresh */
function line(hold, refresh) {
  const about = hold.person ? `${hold.person.name}（${hold.unit_name || hold.unit}）` : hold.unit_name || hold.unit;
  const days = hold.from === hold.to ? hold.from : `${hold.from} 到 ${hold.to}`;
  const isOver = Boolean(hold.released_at);
  const holder = h("div");
  const lift = button("解除", { class: "btn quiet slim", "aria-label": `解除${about}的保全`, act: () => ask() });

  function ask() {
    const reason = input({ name: "release-reason", maxlength: 200, required: true, minlength: 2, placeholder: "例如：争议已说清" });
    const yes = button("解除保全", { class: "btn danger", icon: "trash", type: "submit" });
    const send = () => busy(yes, "正在解除……", async () => {
      await post(`holds/${hold.id}/release`, { reason: reason.value.trim() });
      refresh();
    });
    lift.hidden = true;
    const rest = () => { fill(holder); lift.hidden = false; };
    fill(holder, h("form", { class: "col gap-s", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } },
      labelled("为什么解除", reason, "过了保留时间的，今天夜里就删"), h("div", { class: "row wrap" }, yes, button("不解除", { act: rest }))));
    reason.focus();
  }

  return h(
    "li",
    { class: isOver ? "hold is-over" : "hold", data: { hold: hold.id } },
    h("span", { class: "glyph" }, icon(isOver ? "ok" : "lock")),
    h(
      "div",
      { class: "grow col gap-xs" },
      h("div", { class: "row wrap" }, h("b", {}, about), tag(isOver ? "" : "main", isOver ? "ok" : "lock", isOver ? "已解除" : "保全中")),
      h("div", {}, h("span", { class: "num" }, days), ` 的记录。${hold.ground_name}：${hold.reason}`),
      h("div", { class: "t2 small" }, `${hold.placed_by} ${when(hold.placed_at)} 设的，${isOver ? `到 ${when(hold.released_at)}` : "到解除为止"}`),
      isOver && h("div", { class: "t2 small" }, `${hold.released_by}解除：${hold.release_reason}`),
      holder,
    ),
    !isOver && lift,
  );
}

/** @param {HTMLElement} holder @param {{done: () => void, cancel: () => void}} acts */
function placeForm(holder, { done, cancel }) {
  /** @type {{person?: string, unit?: string, name: string}|null} */
  let about = null;
  let asked = 0;
  const search = input({ type: "search", name: "about", placeholder: "姓名、号码、村、镇，或网格编码", autocomplete: "off", required: true });
  const found = h("div", { class: "found" });
  const today = dayOf();
  const from = input({ type: "date", name: "hold-from", value: today, max: today, required: true });
  const to = input({ type: "date", name: "hold-to", value: today, required: true });
  const ground = h("select", { class: "field", name: "ground" }, Object.entries(GROUNDS).map(([value, word]) => h("option", { value }, word)));
  const reason = input({ name: "reason", maxlength: 200, minlength: 2, required: true, placeholder: "例如：本人对 9 月 3 日的路线有异议" });
  const save = button("保全", { class: "btn main", icon: "lock", type: "submit" });

  /** @param {{person?: string, unit?: string, name: string}} one */
  function choose(one) {
    about = one;
    search.value = one.name;
    search.setCustomValidity("");
    fill(found);
  }

  async function look() {
    const mine = (asked += 1);
    const words = search.value.trim();
    about = null;
    search.setCustomValidity("在下面选一个");
    if (!words) return void fill(found);
    const [people, units] = await Promise.all([get("people", { q: words }), get("units", { q: words })]);
    if (mine !== asked || about) return;
    const grid = /^\d{15}$/.test(words) ? [{ unit: words, name: `网格 ${words}` }] : [];
    const rows = [
      ...grid,
      ...people.slice(0, MOST).map((/** @type {any} */ one) => ({ person: one.id, name: `${one.name}（${one.number}）` })),
      ...units.slice(0, MOST).map((/** @type {any} */ one) => ({ unit: one.code, name: `${one.short_name} ${one.code}` })),
    ];
    fill(found, rows.length ? rows.map((one) => button(one.name, { class: "btn quiet", icon: one.person ? "me" : "map", act: () => choose(one) })) : h("p", { class: "t2 pad" }, "没有找到"));
  }
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    search.setCustomValidity("在下面选一个");
    waiting = setTimeout(() => void look().catch(() => undefined), 200);
  });

  const send = () => busy(save, "正在存……", async () => {
    const { name: _, ...whom } = /** @type {any} */ (about);
    const body = { ...whom, from: from.value, to: to.value, ground: /** @type {any} */ (ground).value, reason: reason.value.trim() };
    await post("holds", body);
    done();
  });
  const submit = (/** @type {Event} */ event) => { event.preventDefault(); if (about) void send(); };
  fill(holder, h("form", { class: "card col gap", on: { submit } },
    labelled("谁，或者哪个单位、网格", search, "写几个字，在下面选"), found,
    h("div", { class: "pair" }, labelled("从哪天的记录", from), labelled("到哪天的", to)),
    labelled("因为", ground),
    labelled("为什么要留着", reason, "本人看得到"),
    h("p", { class: "t2 small" }, "这几天的路线、照片、上报到了时间也不删，直到有人解除。本人在手机上看得到为什么。"),
    h("div", { class: "row wrap" }, save, button("不设了", { act: cancel }))));
  search.focus();
}
