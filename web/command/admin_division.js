// @ts-check
/** Divide a village: a draft beside the plan in force, the figures of both, what would move, publish. */

import { byId, fill, h } from "./dom.js";
import { get, post } from "./http.js";
import { fragment, start } from "./page.js";
import { busy, empty, wrong } from "./pane.js";
import { groundOf } from "./map/view.js";
import { planMap, together } from "./plan_map.js";
import { compare } from "./plan_metrics.js";
import { sayPublished, showChanges } from "./plan_publish.js";
import { when } from "./time.js";

/** @type {any} */
let village = null;
/** @type {any} */
let inForce = null;
/** @type {any} */
let draft = null;
/** @type {any[]} */
let maps = [];
/** @type {any} */
let layers = null;

/** @param {any} geometries FeatureCollection */
function bounds(geometries) {
  const box = [180, 90, -180, -90];
  const walk = (/** @type {any} */ at) => {
    if (typeof at[0] === "number") {
      box[0] = Math.min(box[0], at[0]);
      box[1] = Math.min(box[1], at[1]);
      box[2] = Math.max(box[2], at[0]);
      box[3] = Math.max(box[3], at[1]);
    } else at.forEach(walk);
  };
  for (const feature of geometries.features) walk(feature.geometry.coordinates);
  return box;
}

/** The village, its plan in force and its newest draft. @param {any} me @param {any} unit */
async function choose(me, unit) {
  village = unit;
  location.replace(`#unit=${unit.code}`);
  for (const map of maps) map.map.remove();
  maps = [];
  fill(byId("current-map"));
  fill(byId("draft-map"));
  const township = `${unit.code.slice(0, 9)}000`;
  const [rows, ground, around] = await Promise.all([
    get("plans", { unit: unit.code }),
    groundOf(unit.code),
    groundOf(township),
  ]);
  layers = { ...around, villages: ground.villages, buildings: ground.buildings, place_groups: ground.place_groups };
  const published = rows.find((/** @type {any} */ plan) => plan.state === "published");
  const newest = rows.find(
    (/** @type {any} */ plan) => plan.state === "draft" && (!published || plan.made_at > published.made_at),
  );
  [inForce, draft] = await Promise.all([
    published && get(`plans/${published.id}`),
    newest && get(`plans/${newest.id}`),
  ]);
  const households = ground.buildings.features.reduce(
    (/** @type {number} */ sum, /** @type {any} */ house) => sum + (house.properties.households ?? 0),
    0,
  );
  fill(byId("facts"), `${unit.code} · ${households} 户 · ${ground.buildings.features.length} 栋房屋`);
  const box = bounds(ground.villages);
  maps = await Promise.all([
    planMap(byId("current-map"), { me, layers, bounds: box, label: `${unit.short_name}现行方案` }),
    planMap(byId("draft-map"), { me, layers, bounds: box, label: `${unit.short_name}草案` }),
  ]);
  together(maps[0].map, maps[1].map);
  draw();
}

function draw() {
  const [currentMap, draftMap] = maps;
  fill(
    byId("current-title"),
    "现行方案 ",
    h(
      "span",
      { class: "t2 plain-weight" },
      inForce ? `${count(inForce)} 个网格，${when(inForce.published_at)} 起用` : "还没有划过",
    ),
  );
  fill(
    byId("draft-title"),
    draft ? "草案 " : "草案",
    h("span", { class: "t2 plain-weight" }, draft ? `${count(draft)} 个网格，${when(draft.made_at)} 算出` : ""),
  );
  byId("draft-panel").classList.toggle("is-main", Boolean(draft));
  currentMap.put(inForce?.grids);
  draftMap.put(draft?.grids);
  compare(byId("metrics"), draft?.metrics, inForce?.metrics);
  byId("picture").hidden = !draft;
  if (draft) /** @type {HTMLAnchorElement} */ (byId("picture")).href = `/api/command/plans/${draft.id}/picture.svg`;
  void showChanges(byId("changes"), { draft, inForce, buildings: layers.buildings, village, published });
}

/** @param {any} answer what publishing did */
async function published(answer) {
  inForce = await get(`plans/${draft.id}`);
  draft = null;
  draw();
  sayPublished(byId("changes"), village, answer);
}

/** @param {any} plan */
const count = (plan) => plan.grids.features.length;
async function begin() {
  const me = await start();
  const villages = (await get("units", { level: "village", mapped: "true" })).filter(
    (/** @type {any} */ unit) => unit.has_boundary,
  );
  const select = /** @type {HTMLSelectElement} */ (byId("village"));
  fill(
    select,
    villages.map((/** @type {any} */ unit) =>
      h("option", { value: unit.code }, `${unit.parent_name} ${unit.short_name}`),
    ),
  );
  const move = (/** @type {string} */ code) => {
    const unit = villages.find((/** @type {any} */ one) => one.code === code) ?? villages[0];
    if (!unit) {
      fill(byId("changes"), empty("没有能划的村", "先入库村界、房屋和道路。", "map"));
      return;
    }
    select.value = unit.code;
    choose(me, unit).catch((error) =>
      fill(
        byId("changes"),
        wrong(error, () => move(unit.code)),
      ),
    );
  };
  select.addEventListener("change", () => move(select.value));
  const form = /** @type {HTMLFormElement} */ (byId("draft-form"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const k = /** @type {HTMLInputElement} */ (byId("k")).value;
    const target = /** @type {HTMLInputElement} */ (byId("target")).value;
    void busy(/** @type {HTMLButtonElement} */ (byId("make")), "正在算……", async () => {
      draft = await post("plans/draft", {
        unit: village.code,
        ...(target ? { target_households: Number(target) } : {}),
        ...(k ? { k: Number(k) } : {}),
      });
      draw();
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
