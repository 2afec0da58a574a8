// @ts-check
/** Looking back over today: what had come, been sent and been visited by a moment, and how many were out. No ways of persons. */

import { button, drawing, fill, h, icon } from "./dom.js";
import { Problem, get } from "./http.js";
import { clock } from "./time.js";

const AGAIN_MS = 60_000;
const BEFORE = 6; // steps of quiet shown before the day begins

/**
 * @param {HTMLElement} holder
 * @param {(moment: any|null) => void} show with what was known at the chosen moment; with null: now
 */
export function dayBar(holder, show) {
  /** @type {any} */
  let day = null;
  let readAt = 0;
  /** @type {Promise<void>|null} */
  let reading = null;
  const slide = /** @type {HTMLInputElement} */ (
    h("input", { type: "range", min: 0, max: 1, value: 1, step: 1, "aria-label": "回看今天", class: "grow" })
  );
  const word = h("output", { class: "num nowrap" }, "现在");
  const back = button("回到现在", { class: "btn quiet slim", icon: "undo", act: () => now() });
  const bars = h("div", { class: "day-bars", "aria-hidden": "true" });
  back.hidden = true;
  fill(
    holder,
    h("span", { class: "t2 small nowrap row" }, icon("wait"), "今天"),
    h("div", { class: "grow day-line" }, bars, slide),
    word,
    back,
  );

  const read = () => {
    if (day && Date.now() - readAt < AGAIN_MS) return Promise.resolve();
    reading ??= ask().finally(() => (reading = null));
    return reading;
  };

  const ask = async () => {
    const isNow = !day || slide.value === slide.max;
    try {
      day = await get("centre/day");
    } finally {
      readAt = Date.now();
    }
    const first = Math.max(0, begun(day) - BEFORE);
    slide.min = String(first);
    slide.max = String(day.walking.length);
    if (isNow) slide.value = slide.max;
    drawBars(bars, day.walking.slice(first));
  };

  const look = async () => {
    try {
      await read();
    } catch (error) {
      word.textContent = error instanceof Problem ? "读不出来" : "出错了";
      return;
    }
    const step = Number(slide.value);
    if (step >= Number(slide.max)) {
      now();
      return;
    }
    const at = Date.parse(day.begin) + step * day.step_s * 1000;
    word.textContent = clock(at);
    slide.setAttribute("aria-valuetext", `${clock(at)}，${day.walking[step - 1] ?? 0} 人在巡查`);
    back.hidden = false;
    holder.classList.add("is-past");
    show(moment(day, at, day.walking[step - 1] ?? 0));
  };

  const now = () => {
    slide.value = slide.max;
    slide.setAttribute("aria-valuetext", "现在");
    word.textContent = "现在";
    back.hidden = true;
    holder.classList.remove("is-past");
    show(null);
  };

  slide.addEventListener("input", () => void look());
  slide.addEventListener("pointerdown", () => void read().catch(() => undefined));
  void read().catch(() => undefined);
  return {
    now,
    isPast: () => !back.hidden,
    /** The bars follow, once in a while and only while nobody looks back. */
    tick: () => {
      if (back.hidden && Date.now() - readAt > AGAIN_MS) void read().catch(() => undefined);
    },
  };
}

/** The step of the first thing that happened today. @param {any} day */
function begun(day) {
  const steps = [...day.reports.map((/** @type {any} */ row) => row.received_at), ...day.alerts.map((/** @type {any} */ row) => row.made_at)]
    .map((instant) => Math.floor((Date.parse(instant) - Date.parse(day.begin)) / 1000 / day.step_s));
  const out = day.walking.findIndex((/** @type {number} */ n) => n > 0);
  return Math.min(out < 0 ? day.walking.length : out, ...steps);
}

/** @param {any} day @param {number} at @param {number} walking */
export function moment(day, at, walking) {
  const before = (/** @type {string} */ instant) => Date.parse(instant) <= at;
  return {
    at: new Date(at).toISOString(),
    isPast: true,
    walking,
    people: [],
    alarms: [],
    reports: day.reports.filter((/** @type {any} */ row) => before(row.received_at)),
    alerts: day.alerts.filter((/** @type {any} */ row) => before(row.made_at)),
    visited: day.visited.filter((/** @type {any} */ row) => before(row.at)).map((/** @type {any} */ row) => row.grid),
  };
}

/** How many were out, as a strip behind the slider. @param {HTMLElement} holder @param {number[]} walking */
function drawBars(holder, walking) {
  const most = Math.max(1, ...walking);
  const shapes = walking.map((n, i) => /** @type {[string, any]} */ (["rect", { x: i, y: 20 - (18 * n) / most, width: 1.02, height: (18 * n) / most }]));
  const strip = drawing(`0 0 ${walking.length || 1} 20`, shapes);
  strip.setAttribute("preserveAspectRatio", "none");
  fill(holder, strip);
}
