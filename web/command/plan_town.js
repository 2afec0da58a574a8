// @ts-check
/** A whole township: one draft for each village, how good they are, what would change, publish them together. */

import { byId, fill, h, icon, button } from "./dom.js";
import { get, post } from "./http.js";
import { busy, empty, wrong } from "./pane.js";
import { exportLinks } from "./plan_choice.js";
import { choices, failures, follow, progress } from "./plan_draft.js";
import { lamp } from "./plan_metrics.js";
import { sayPublished } from "./plan_publish.js";

/** @type {{code: string, name: string, villages: any[], open: (code: string) => void}|null} */
let town = null;

/**
 * Show a township with its newest run.
 * @param {{code: string, name: string, villages: any[], open: (code: string) => void}} chosen
 */
export async function openTown(chosen) {
  town = chosen;
  fill(byId("facts"), `${chosen.code} · ${chosen.villages.length} 个村有边界`);
  fill(byId("town-title"), `${chosen.name}各村`);
  fill(byId("town-changes-title"), "发布前会变的");
  fill(byId("town-file"), exportLinks(`units/${chosen.code}/grids.file`));
  const runs = await get("division-runs", { unit: chosen.code });
  const parts = runs.map((/** @type {any} */ run) => partOf(run, chosen.code));
  if (town === chosen) await showRun(parts.find((/** @type {any} */ run) => run.drafts || run.state !== "done"));
}

/** What of a run, perhaps the whole county's, is this township's. @param {any} run @param {string} code */
function partOf(run, code) {
  const townships = run.townships.filter((/** @type {any} */ part) => part.township === code);
  const [part] = townships;
  if (!part) return { ...run, townships, villages: 0, done: 0, drafts: 0, state: "done" };
  const isThrough = part.state === "done" || part.state === "failed";
  const { villages, done, drafts } = part;
  return { ...run, townships, villages, done, drafts, state: isThrough ? "done" : "running" };
}

export function closeTown() {
  town = null;
}

/** Divide every village of the township. */
export async function draftTown() {
  if (!town) return;
  const { k: _, ...body } = /** @type {any} */ (choices());
  await showRun(await post("division-runs", { unit: town.code, ...body }));
}

/** @param {any} run or undefined */
async function showRun(run) {
  const here = town;
  const pane = byId("town-changes");
  if (run) {
    run = await follow(
      run,
      (now) => fill(pane, progress(now)),
      () => town === here,
      { narrowed: (now) => partOf(now, here?.code ?? "") },
    );
  }
  if (!here || town !== here) return;
  const rows = await get("plans", { unit: here.code.slice(0, 9) });
  villagesTable(here, rows, run);
  if (!run) {
    fill(pane, empty("还没有草案", "写好每格约多少户，点“算全镇草案”。不会动现行方案。", "split"));
    return;
  }
  await changes(pane, here, run);
}

/** @param {any} here @param {any[]} rows @param {any} run */
function villagesTable(here, rows, run) {
  const wrongs = new Map((run ? failures(run) : []).map((/** @type {any} */ one) => [one.code, one.text]));
  const of = (/** @type {any} */ unit, /** @type {string} */ state) =>
    rows.find((plan) => plan.unit === unit.code && plan.state === state);
  fill(
    byId("town-villages"),
    h(
      "table",
      { "aria-label": "各村的草案" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, "村"),
          h("th", { class: "n" }, "现行"),
          h("th", { class: "n" }, "草案"),
          h("th", { class: "n" }, "最忙 ÷ 平均"),
          h("th", {}, "结果"),
        ),
      ),
      h(
        "tbody",
        {},
        here.villages.map((/** @type {any} */ unit) => {
          const [current, draft] = [of(unit, "published"), newest(of(unit, "draft"), of(unit, "published"))];
          const bad = wrongs.get(unit.code);
          const shown = draft ?? current;
          return h(
            "tr",
            {},
            h("td", {}, button(unit.short_name, { class: "btn quiet", act: () => here.open(unit.code) })),
            h("td", { class: "n" }, current ? `${current.grids} 个` : "—"),
            h("td", { class: "n" }, draft ? `${draft.grids} 个` : "—"),
            h("td", { class: "n" }, shown ? shown.metrics.max_mean.toFixed(2) : "—"),
            h("td", {}, bad ? h("span", { class: "danger-text" }, bad) : shown && judged(shown.metrics)),
          );
        }),
      ),
    ),
  );
}

/** A draft older than the plan in force is past. @param {any} draft @param {any} current */
const newest = (draft, current) => (draft && (!current || draft.made_at > current.made_at) ? draft : undefined);

/** @param {any} metrics */
function judged(metrics) {
  if (metrics.cut_buildings || metrics.gap_m2 >= 1 || metrics.overlap_m2 >= 1) return lamp("r", "有硬伤");
  return metrics.max_mean <= 1.1 ? lamp("g", "合格") : lamp("y", "看一眼");
}

/** @param {HTMLElement} pane @param {any} here @param {any} run */
async function changes(pane, here, run) {
  try {
    const found = await get(`division-runs/${run.id}/preview`, { township: here.code });
    if (town !== here) return;
    const line = (/** @type {string} */ words, /** @type {string} */ figure) =>
      h("div", { class: "row between" }, h("span", {}, words), h("b", {}, figure));
    const act = () =>
      busy(press, "正在发布……", async () => {
        const answer = await post(`division-runs/${run.id}/publish`, { township: here.code });
        villagesTable(here, await get("plans", { unit: here.code.slice(0, 9) }), run);
        sayPublished(pane, `${here.name} ${answer.published} 个村`, answer);
      });
    const press = button("看清楚了，全镇发布", { class: "btn main grow", icon: "ok", act: () => void act() });
    fill(
      pane,
      h(
        "div",
        { class: "col gap-s grow scroll" },
        line("算好的村", `${found.villages} / ${run.villages} 个`),
        line("网格", `${found.grids} 个`),
        found.before > 0 && [
          line("换责任人的户", `${found.reassigned_households} 户`),
          line("换网格的户", `${found.moved_households} 户`),
          line("要移交的任务", `${found.tasks} 件`),
          line("保留的网格编码", `${found.kept} / ${found.before}`),
        ],
        line("没有责任人的网格", `${found.open_grids} 个`),
        failures(run).length > 0 &&
          h("p", { class: "note danger small" }, icon("warn"), `${failures(run).length} 个村没算成，左边写着原因。`),
        h("p", { class: "small t2" }, "点村名，看它的地图和每格的量。旧方案留着，随时能恢复。"),
      ),
      found.villages > 0 && h("div", { class: "row wrap" }, press),
    );
  } catch (error) {
    fill(
      pane,
      wrong(error, () => void changes(pane, here, run)),
    );
  }
}
