// @ts-check
/** Making a draft from what the form says: at once, or for a large village or a township in the background with its progress. */

import { byId, fill, h } from "./dom.js";
import { get, post } from "./http.js";

const AT_ONCE_HOUSES = 1500; // more take longer than two seconds
const ASK_MS = 700;

const target = () => /** @type {HTMLInputElement} */ (byId("target"));
let isTargetShown = ""; // what the form would do by itself

/**
 * Households a grid by default: as in the plan in force, else 400; in a township every village as it is now.
 * @param {any} inForce
 * @param {boolean} [isTown]
 */
export function showTarget(inForce, isTown = false) {
  const grids = inForce?.grids.features ?? [];
  const homes = grids.reduce((/** @type {number} */ sum, /** @type {any} */ grid) => sum + grid.properties.households, 0);
  isTargetShown = isTown ? "" : String(homes ? Math.max(1, Math.round(homes / grids.length)) : 400);
  target().value = isTargetShown;
}

/** What the form says; every field has a default. */
export function choices() {
  const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value;
  return {
    ...(value("target") !== isTargetShown && value("target") ? { target_households: Number(value("target")) } : {}),
    ...(value("k") ? { k: Number(value("k")) } : {}),
    tolerance: Number(value("tolerance")),
    place_groups: value("place_groups"),
    method: value("method"),
  };
}

/**
 * The draft of one village.
 * @param {any} village
 * @param {number} houses
 * @param {HTMLElement} pane where the progress of a large village stands
 */
export async function draftVillage(village, houses, pane) {
  if (houses <= AT_ONCE_HOUSES) return post("plans/draft", { unit: village.code, ...choices() });
  const run = await post("division-runs", { unit: village.code, ...choices() });
  const done = await follow(run, (now) => fill(pane, progress(now)));
  const failure = done.townships.flatMap((/** @type {any} */ part) => part.failures)[0];
  if (failure) throw new Error(failure.text);
  const rows = await get("plans", { run: run.id });
  return get(`plans/${rows[0].id}`);
}

/**
 * Ask again and again how far a run is, until it is done or the page shows something else.
 * @param {any} run
 * @param {(run: any) => void} show
 * @param {() => boolean} [isWanted]
 * @param {{everyMs?: number, narrowed?: (run: any) => any}} [how] `narrowed`: what of the run the page is about
 */
export async function follow(run, show, isWanted = () => true, { everyMs = ASK_MS, narrowed = (one) => one } = {}) {
  let now = run;
  show(now);
  while (now.state !== "done" && isWanted()) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    if (!isWanted()) break;
    now = narrowed(await get(`division-runs/${run.id}`));
    if (isWanted()) show(now);
  }
  return now;
}

/** @param {any} run */
export function progress(run) {
  const through = run.done + failures(run).length;
  return h(
    "div",
    { class: "col gap-s", role: "status" },
    h("p", {}, `正在算：${through} / ${run.villages} 个村。可以先去做别的，算好了都在。`),
    h("progress", { max: run.villages, value: String(through), "aria-label": "算好的村" }),
  );
}

/** Villages that could not be divided, with what was wrong. @param {any} run @returns {any[]} */
export const failures = (run) => run.townships.flatMap((/** @type {any} */ part) => part.failures);
