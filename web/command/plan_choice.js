// @ts-check
/** Which two plans stand side by side, and taking one out as a file. */

import { byId, fill, h } from "./dom.js";
import { get } from "./http.js";
import { stage } from "./plan_stage.js";
import { when } from "./time.js";

const SYSTEMS = [
  ["4490", "CGCS2000 经纬度"],
  ["4326", "WGS 84 经纬度"],
  ["4547", "CGCS2000 中央经线 114°"],
  ["4548", "CGCS2000 中央经线 117°"],
];

/** @param {any} plan */
const count = (plan) => (typeof plan.grids === "number" ? plan.grids : plan.grids.features.length);

/** A plan in a list. @param {any} plan */
export function titleOf(plan) {
  const time = { draft: plan.made_at, published: plan.published_at, retired: plan.retired_at }[
    /** @type {"draft"|"published"|"retired"} */ (plan.state)
  ];
  const words = { draft: "算出", published: "起用", retired: "停用" }[
    /** @type {"draft"|"published"|"retired"} */ (plan.state)
  ];
  const name = { draft: "草案", published: "现行方案", retired: "旧方案" }[
    /** @type {"draft"|"published"|"retired"} */ (plan.state)
  ];
  return `${name}　${count(plan)} 个网格，${when(time)} ${words}`;
}

/** Fill both lists; the right one offers drafts and older plans, the left one everything. */
export function fillChoices() {
  const { rows, left, right } = stage;
  const option = (/** @type {any} */ plan) => h("option", { value: plan.id }, titleOf(plan));
  const leftSelect = /** @type {HTMLSelectElement} */ (byId("left-plan"));
  const rightSelect = /** @type {HTMLSelectElement} */ (byId("right-plan"));
  fill(leftSelect, !left && h("option", { value: "" }, "现行方案　还没有划过"), rows.map(option));
  const others = rows.filter((plan) => plan.state !== "published");
  fill(rightSelect, !right && h("option", { value: "" }, "草案　还没有"), others.map(option));
  leftSelect.value = left ? String(left.id) : "";
  rightSelect.value = right ? String(right.id) : "";
}

/** Listen to both lists. */
export function listenToChoices() {
  for (const side of /** @type {const} */ (["left", "right"])) {
    const select = /** @type {HTMLSelectElement} */ (byId(`${side}-plan`));
    select.addEventListener("change", async () => {
      if (!select.value) return;
      stage[side] = await get(`plans/${select.value}`);
      stage.changed();
    });
  }
}

/**
 * Links to one plan, or to the plans in force of a unit, as files.
 * @param {string} path below /api/command/
 */
export function exportLinks(path) {
  return h(
    "details",
    { class: "menu" },
    h("summary", { class: "btn quiet" }, "导出"),
    h(
      "div",
      { class: "card col gap-s" },
      SYSTEMS.map(([crs, name]) =>
        h(
          "p",
          { class: "row between nowrap" },
          h("span", { class: "small" }, `${name} `, h("span", { class: "t2 num" }, crs)),
          h(
            "span",
            { class: "row" },
            h("a", { class: "small", href: `/api/command/${path}?kind=gpkg&crs=${crs}` }, "GeoPackage"),
            h("a", { class: "small", href: `/api/command/${path}?kind=geojson&crs=${crs}` }, "GeoJSON"),
          ),
        ),
      ),
    ),
  );
}
