// @ts-check
/** Divide a village or a township: plans side by side, the figures of both, what would change, publish. */

import { byId, fill, h } from "./dom.js";
import { get } from "./http.js";
import { groundOf } from "./map/view.js";
import { fragment, start } from "./page.js";
import { busy, empty, wrong } from "./pane.js";
import { bounds, households } from "./plan_bounds.js";
import { exportLinks, fillChoices, listenToChoices } from "./plan_choice.js";
import { draftVillage, showTarget } from "./plan_draft.js";
import { planEditor } from "./plan_edit.js";
import { planMap, together } from "./plan_map.js";
import { compare } from "./plan_metrics.js";
import { sayPublished, showChanges } from "./plan_publish.js";
import { stage } from "./plan_stage.js";
import { closeCounty, draftCounty, openCounty } from "./plan_county.js";
import { closeTown, draftTown, openTown } from "./plan_town.js";

const editor = planEditor({
  tools: byId("edit-tools"),
  holder: byId("draft-map"),
  reload: async () => stage.show(await get(`plans/${stage.right.id}`)),
});

/** The village, its plan in force and its newest draft. @param {any} me @param {any} unit */
async function openVillage(me, unit) {
  stage.village = unit;
  for (const side of /** @type {const} */ (["left", "right"])) {
    stage.maps[side]?.map.remove();
    stage.maps[side] = null;
  }
  fill(byId("current-map"));
  fill(byId("draft-map"));
  const township = `${unit.code.slice(0, 9)}000`;
  const [rows, ground, around] = await Promise.all([
    get("plans", { unit: unit.code }),
    groundOf(unit.code),
    groundOf(township),
  ]);
  const isGone = () => stage.village !== unit || scope !== "village";
  if (isGone()) return;
  stage.layers = {
    ...around,
    villages: ground.villages,
    buildings: ground.buildings,
    place_groups: ground.place_groups,
  };
  await readPlans(rows);
  if (isGone()) return;
  fill(
    byId("facts"),
    `${unit.code} · ${households(ground.buildings)} 户 · ${ground.buildings.features.length} 栋房屋`,
  );
  const look = { me, layers: stage.layers, bounds: bounds(ground.villages) };
  [stage.maps.left, stage.maps.right] = await Promise.all([
    planMap(byId("current-map"), { ...look, label: `${unit.short_name}对照` }),
    planMap(byId("draft-map"), { ...look, label: `${unit.short_name}草案` }),
  ]);
  together(stage.maps.left.map, stage.maps.right.map);
  stage.changed();
}

/** @param {any[]} rows the village's plans, the newest first */
async function readPlans(rows) {
  const published = rows.find((plan) => plan.state === "published");
  const newest = rows.find((plan) => plan.state === "draft" && (!published || plan.made_at > published.made_at));
  stage.rows = rows;
  [stage.inForce, stage.right] = await Promise.all([
    published && get(`plans/${published.id}`),
    newest && get(`plans/${newest.id}`),
  ]);
  stage.left = stage.inForce;
  showTarget(stage.inForce, scope !== "village");
}

function draw() {
  const { left, right, maps, village } = stage;
  if (!maps.left || !maps.right) return;
  fillChoices();
  byId("draft-panel").classList.toggle("is-main", Boolean(right));
  maps.left.put(left?.grids);
  maps.right.put(right?.grids);
  void editor.show(stage.isEditable ? right : null, /** @type {any} */ (maps.right), stage.layers.buildings);
  compare(byId("metrics"), right?.metrics, left?.metrics, {
    left: left?.state === "published" || !left ? "现行" : "左边",
    right: right?.state === "retired" ? "旧方案" : "草案",
  });
  fill(byId("left-file"), left && exportLinks(`plans/${left.id}/export`));
  fill(byId("right-file"), right && exportLinks(`plans/${right.id}/export`));
  const picture = /** @type {HTMLAnchorElement} */ (byId("picture"));
  picture.hidden = !right;
  if (right) picture.href = `/api/command/plans/${right.id}/picture.svg`;
  void showChanges(byId("changes"), { plan: right, village, published });
}

/** @param {any} answer what publishing did */
async function published(answer) {
  await readPlans(await get("plans", { unit: stage.village.code }));
  const words = answer;
  stage.changed();
  sayPublished(byId("changes"), stage.village.short_name, words);
}

/** @typedef {"village"|"town"|"county"} Scope */
const MAKE = { village: "算一份草案", town: "算全镇草案", county: "算全县草案" };
/** @type {Scope} */
let scope = "village";

/** One of the views; the form says what it would do. @param {Scope} which */
function view(which) {
  scope = which;
  const isMany = which !== "village";
  if (which !== "town") closeTown();
  if (which !== "county") closeCounty();
  byId("plans").hidden = byId("figures").hidden = isMany;
  byId("town").hidden = !isMany;
  byId("k-label").hidden = isMany;
  showTarget(stage.inForce, isMany);
  const words = byId("make").querySelector("span");
  if (words) words.textContent = MAKE[which];
}

/** Villages below the units of a level. @param {any[]} villages @param {number} digits of the codes of that level */
function grouped(villages, digits) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const unit of villages) {
    const code = unit.code.slice(0, digits).padEnd(12, "0");
    groups.set(code, [...(groups.get(code) ?? []), unit]);
  }
  return groups;
}

/** The list: the county whole, each township whole, then its villages. @param {any[]} counties @param {Map<string, any[]>} towns */
function placeOptions(counties, towns) {
  const all = [...towns.values()].flat();
  return [
    counties.map((unit) => {
      const inside = all.filter((one) => one.code.startsWith(unit.code.slice(0, 6))).length;
      return inside > 1 && h("option", { value: unit.code }, `${unit.name}（全县 ${inside} 个村）`);
    }),
    [...towns].map(([code, inside]) =>
      h(
        "optgroup",
        { label: inside[0].parent_name },
        inside.length > 1 && h("option", { value: code }, `${inside[0].parent_name}（全镇 ${inside.length} 个村）`),
        inside.map((unit) => h("option", { value: unit.code }, `${unit.parent_name} ${unit.short_name}`)),
      ),
    ),
  ];
}

async function begin() {
  const me = await start();
  const [units, counties] = await Promise.all([
    get("units", { level: "village", mapped: "true" }),
    get("units", { level: "county" }),
  ]);
  const villages = units.filter((/** @type {any} */ unit) => unit.has_boundary);
  villages.sort((/** @type {any} */ a, /** @type {any} */ b) => a.code.localeCompare(b.code));
  const towns = grouped(villages, 9);
  const select = /** @type {HTMLSelectElement} */ (byId("village"));
  fill(select, placeOptions(counties, towns));
  const move = (/** @type {string} */ code) => {
    const unit = villages.find((/** @type {any} */ one) => one.code === code) ?? villages[0];
    if (!unit) {
      fill(byId("changes"), empty("没有能划的村", "先入库村界、房屋和道路。", "map"));
      return;
    }
    const inside = towns.get(code);
    const whole = counties.find((/** @type {any} */ one) => one.code === code);
    const chosen = inside || whole ? code : unit.code;
    select.value = chosen;
    location.replace(`#unit=${chosen}`);
    view(inside ? "town" : whole ? "county" : "village");
    const pane = byId(inside || whole ? "town-changes" : "changes");
    const open = () => {
      if (inside) return openTown({ code, name: inside[0].parent_name, villages: inside, open: move });
      if (!whole) return openVillage(me, unit);
      const own = villages.filter((/** @type {any} */ one) => one.code.startsWith(code.slice(0, 6)));
      return openCounty({ code, name: whole.name, towns: grouped(own, 9), open: move });
    };
    open().catch((error) =>
      fill(
        pane,
        wrong(error, () => move(chosen)),
      ),
    );
  };
  select.addEventListener("change", () => move(select.value));
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
    }
  });
  stage.watch(draw);
  listenToChoices();
  byId("draft-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const press = /** @type {HTMLButtonElement} */ (byId("make"));
    void busy(press, "正在算……", async () => {
      if (scope !== "village") return scope === "town" ? draftTown() : draftCounty();
      const { village, layers } = stage;
      const plan = await draftVillage(village, layers.buildings.features.length, byId("changes"));
      if (stage.village === village) stage.show(plan);
    });
  });
  move(fragment("unit"));
}

begin().catch((error) =>
  fill(
    byId("changes"),
    wrong(error, () => location.reload()),
  ),
);
