// @ts-check
/** The county's year, month by month: which days are worked, free, or the first of a festival. */

import { button, byId, fill, h, icon } from "./dom.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { busy, empty, load } from "./pane.js";
import { sheet } from "./sheet.js";
import { labelled } from "./task_form.js";
import { dayOf } from "./time.js";

const side = sheet(byId("side"));
const WEEK = ["一", "二", "三", "四", "五", "六", "日"];
let year = Number(dayOf().slice(0, 4));
let openDay = "";
/** @type {any} */
let told = null;

/** @param {number} month @param {number} day */
const iso = (month, day) => `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;

/** 0 is Monday. @param {string} day */
const weekday = (day) => (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;

/** @param {number} month @param {Map<string, any>} days */
function monthTable(month, days) {
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const cells = [...Array(weekday(iso(month, 1))).fill(null), ...Array.from({ length: count }, (_, i) => iso(month, i + 1))];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, i) => cells.slice(i * 7, i * 7 + 7));
  return h(
    "section",
    { class: "month" },
    h("h3", {}, `${month}月`),
    h("table", {}, h("thead", {}, h("tr", {}, WEEK.map((word) => h("th", { scope: "col" }, word)))), h("tbody", {}, weeks.map((week) => h("tr", {}, week.map((day) => h("td", {}, day && cell(day, days.get(day)))))))),
  );
}

/** @param {string} day @param {any} said */
function cell(day, said) {
  const isFree = said ? said.kind === "rest" : weekday(day) > 4;
  const kinds = [said?.kind, !said && isFree && "free", said?.festival && "feast", said?.by_hand && "by-hand", day === dayOf() && "is-today"].filter(Boolean).join(" ");
  const word = said?.festival || (said?.kind === "work" ? "班" : said?.kind === "rest" ? "休" : "");
  return h("button", { type: "button", class: kinds, data: { day }, "aria-pressed": day === openDay, "aria-label": `${day} ${isFree ? "休息" : "上班"}${said?.festival ? ` ${said.festival}` : ""}`, on: { click: () => show(day) } }, Number(day.slice(8)), word && h("small", {}, word));
}

function draw() {
  const days = new Map(told.days.map((/** @type {any} */ one) => [one.day, one]));
  fill(byId("year-title"), `${year} 年`);
  fill(byId("facts"), `${told.county_name}。没有标的日子，周一到周五上班。`);
  fill(
    byId("warning"),
    !told.is_set && told.is_known && h("p", { class: "note warn" }, icon("warn"), `${year} 年还没有取放假安排，现在按周一到周五上班算。按“取这一年的放假安排”。`),
    !told.is_known && h("p", { class: "note warn" }, icon("warn"), `还不知道 ${year} 年怎么放假，现在按周一到周五上班算。通知出来后更新系统，或者一天一天地设。`),
  );
  fill(byId("months"), Array.from({ length: 12 }, (_, i) => monthTable(i + 1, days)));
  const take = button(told.is_set ? "再取一次放假安排" : "取这一年的放假安排", {
    class: told.is_set ? "btn" : "btn main",
    icon: "down",
    act: () => void busy(take, "正在取……", async () => { told = await post("calendars/year", { county: told.county, year }); draw(); }),
  });
  fill(
    byId("acts"),
    button(`${year - 1}`, { icon: "back", class: "btn", "aria-label": `看 ${year - 1} 年`, act: () => void turn(year - 1) }),
    button(`${year + 1}`, { icon: "next", class: "btn", "aria-label": `看 ${year + 1} 年`, act: () => void turn(year + 1) }),
    told.is_known && take,
  );
  byId("months").dataset.ready = String(year);
}

/** @param {string} day */
function show(day) {
  openDay = day;
  draw();
  const said = told.days.find((/** @type {any} */ one) => one.day === day);
  const isFree = said ? said.kind === "rest" : weekday(day) > 4;
  const kind = h("select", { class: "field", name: "kind" }, h("option", { value: "work" }, "上班"), h("option", { value: "rest" }, "休息"));
  /** @type {HTMLSelectElement} */ (kind).value = isFree ? "rest" : "work";
  const festival = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "festival", maxlength: 20, value: said?.festival ?? "", placeholder: "不是节日头一天就不写" }));
  const save = button("存下", { class: "btn main", icon: "ok", type: "submit" });
  const clear = button("不单独设了", { act: () => void change(clear, null) });
  /** @param {HTMLButtonElement} pressed @param {string|null} value */
  const change = (pressed, value) =>
    busy(pressed, "正在存……", async () => {
      told = await post("calendars/day", { county: told.county, day, kind: value, festival: value ? festival.value.trim() : "" });
      side.close();
      draw();
    });
  side.open({
    title: `${day} 周${WEEK[weekday(day)]}`,
    onClose: () => { openDay = ""; draw(); },
    body: h(
      "form",
      { class: "col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void change(save, /** @type {any} */ (kind).value); } } },
      h("p", { class: "t2" }, said ? `来源：${said.source}` : `没有单独设过，按星期算${isFree ? "休息" : "上班"}。`),
      labelled("这一天", kind),
      labelled("节日", festival, "“节前”的事在它前 7 天派"),
      h("div", { class: "row wrap" }, save, said && clear),
    ),
  });
}

/** @param {number} wanted */
async function turn(wanted) {
  year = wanted;
  side.close();
  await read();
}

const read = () =>
  load(byId("warning"), () => get("calendars", { year }), ([first]) => {
    told = first;
    if (told) draw();
    else fill(byId("months"), empty("你的岗位里没有县", "", "file"));
  });

listen({ close: side.close });
await start();
await read();
