// @ts-check
/** Dangers announced: raised with an end and a ground, lifted before it; what is asked more often because of them. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { choice } from "./frequency_form.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { pages } from "./pages.js";
import { busy, empty, load } from "./pane.js";
import { labelled } from "./task_form.js";
import { date, dayOf, instant, when } from "./time.js";

const book = pages((page) => get("alert-levels", { page }), draw);
const MANY = 6;

/** @param {string} moment */
const moment = (moment) => `${date(moment)} ${when(moment).split(" ").at(-1)}`;

/** @param {any[]} rows */
function draw(rows) {
  fill(byId("list"), rows.length ? h("ul", { class: "lines" }, rows.map(line)) : empty("没有预警", "森林火险、洪水、暴雨这些来了，在右边发布。", "shield"));
  fill(byId("foot"), rows.length ? book.foot("条") : "");
  byId("list").dataset.ready = "true";
}

/** @param {any} one */
function line(one) {
  const lift = button("解除", { class: "btn", icon: "ok", "aria-label": `解除${one.unit_name}的${one.hazard_name}预警`, act: () => void busy(lift, "正在解除……", async () => { await post(`alert-levels/${one.id}/lift`); await refresh(); }) });
  const raised = one.raises.slice(0, MANY).join("；");
  return h(
    "li",
    { class: "top", data: { level: one.id } },
    h("span", { class: `level ${one.level}`, "aria-hidden": "true" }),
    h(
      "div",
      { class: "grow col gap-xs" },
      h("div", { class: "row wrap" }, h("b", {}, `${one.unit_name} ${one.hazard_name}${one.level_name}预警`), one.is_on ? tag("warn", "bell", "生效中") : tag("", "stop", "已结束")),
      h("div", {}, `${moment(one.from)} 到 ${moment(one.to)}`),
      h("div", { class: "t2 small" }, `${one.ground}。${one.raised_by}发布${one.ended_by ? `，${one.ended_by}提前结束` : ""}`),
      one.is_on && h("div", { class: "small" }, one.raises.length ? `看得更勤的：${raised}${one.raises.length > MANY ? ` 等 ${one.raises.length} 项` : ""}` : "没有事项按这种预警加密。"),
    ),
    one.may_lift && lift,
  );
}

/** @param {any} county */
function form(county) {
  const unit = h("select", { class: "field", name: "unit" }, h("option", { value: county.county }, `${county.county_name}（全县）`));
  void get("units", { level: "township" }).then((rows) => unit.append(...rows.map((/** @type {any} */ one) => h("option", { value: one.code }, one.name))), () => undefined);
  const hazard = choice(county.words.hazard, "flood", { name: "hazard" });
  const level = choice(county.words.level, "yellow", { name: "level" });
  const ground = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "alert-ground", maxlength: 200, minlength: 2, required: true, placeholder: "谁发布的、几号" }));
  const tomorrow = dayOf(Date.now() + 86_400_000);
  const day = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", name: "alert-day", value: tomorrow, min: dayOf(), required: true }));
  const hour = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "time", name: "alert-hour", value: "20:00", required: true }));
  const yes = button("发布", { class: "btn main", icon: "bell", type: "submit" });
  const send = () =>
    busy(yes, "正在发布……", async () => {
      await post("alert-levels", { unit: /** @type {any} */ (unit).value, hazard: hazard.value, level: level.value, ground: ground.value.trim(), to: instant(day.value, hour.value) });
      ground.value = "";
      await refresh();
    });
  return h(
    "form",
    { class: "col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } },
    labelled("哪里", unit),
    h("div", { class: "pair" }, labelled("哪种", hazard), labelled("哪一级", level)),
    labelled("依据", ground),
    h("div", { class: "pair" }, labelled("到哪天", day), labelled("几点", hour)),
    h("p", { class: "note" }, icon("wait"), "到时间自己结束，最长 31 天。同一个地方同一种预警，新的一级替下旧的。"),
    h("div", { class: "row" }, yes),
  );
}

const refresh = () => load(byId("list"), book.first, () => undefined);

listen({});
await start();
const [county] = await get("checklist");
fill(byId("form"), county ? form(county) : empty("你的岗位里没有县", "", "file"));
await refresh();
