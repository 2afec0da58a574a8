// @ts-check
/** Choosing a file, and the files that came before. */

import { byId, fill, h } from "./dom.js";
import { get, send } from "./http.js";
import { busy, empty } from "./pane.js";
import { when } from "./time.js";

const KINDS = [
  ["village", "村界"],
  ["building", "房屋"],
  ["barrier", "道路河流"],
  ["place", "自然村"],
  ["key_place", "重点部位"],
  ["department", "部门网格"],
];

/** @param {HTMLElement} body @param {{units: any[], open: (row: any) => void}} options */
export async function startPanel(body, { units, open }) {
  const asked = new URLSearchParams(location.hash.slice(1)).get("kind");
  let kind = KINDS.find(([key]) => key === asked)?.[0] ?? "village";
  const seg = h("div", { class: "seg", role: "group", "aria-label": "导入什么" });
  const department = h("label", { class: "labelled", hidden: true }, "哪个部门的", h("input", { class: "field", name: "department", maxlength: 40, placeholder: "如：防汛", autocomplete: "off" }));
  const draw = () => {
    fill(seg, KINDS.map(([key, word]) => h("button", { type: "button", "aria-pressed": key === kind, on: { click: () => { kind = key; draw(); } } }, word)));
    department.hidden = kind !== "department";
  };
  draw();
  const file = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "file", name: "file", accept: ".zip,.gpkg,.geojson,.json,.kml", required: true }));
  const unit = /** @type {HTMLSelectElement} */ (h("select", { class: "field", name: "unit" }, units.map((one) => h("option", { value: one.code }, one.name))));
  const go = /** @type {HTMLButtonElement} */ (h("button", { class: "btn main" }, "读文件，做体检"));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void busy(go, "正在读……", async () => {
      const form = new FormData();
      form.set("kind", kind);
      form.set("unit", unit.value);
      form.set("department", /** @type {HTMLInputElement} */ (department.querySelector("input")).value);
      form.set("file", /** @type {File} */ (file.files?.[0]));
      open(await send("imports", form));
    });
  };
  const form = h(
    "form",
    { class: "in", on: { submit } },
    h("div", { class: "labelled" }, "导入什么", seg),
    h("label", { class: "labelled" }, "哪里的", unit),
    department,
    h("label", { class: "labelled" }, "文件", file),
    h("p", { class: "t2 small" }, "GeoPackage、GeoJSON、KML，或者 .shp .dbf .prj .shx 打成的 zip。最大 128 MB。原文件一直留着，系统不会悄悄改你的数据。"),
    h("div", {}, go),
  );
  const before = h("section", { class: "panel" }, h("header", {}, h("h2", { class: "grow" }, "导入记录")), h("div", { class: "table-scroll", id: "before" }));
  fill(body, h("div", { class: "import-start" }, h("section", { class: "panel" }, h("header", {}, h("h2", {}, "选文件")), form), before));
  const rows = await get("imports");
  const line = (/** @type {any} */ row) =>
    h(
      "tr",
      {},
      h("td", {}, h("a", { href: `#import=${row.id}` }, row.file_name), h("div", { class: "t2 small" }, `${row.unit_name} · ${row.kind_name}`)),
      h("td", {}, row.state_name, row.unsolved && row.state === "checked" ? h("div", { class: "t2 small" }, `还有 ${row.unsolved} 项要解决`) : null),
      h("td", { class: "t2" }, when(row.made_at)),
      h("td", { class: "t2" }, row.made_by),
    );
  const head = h("thead", {}, h("tr", {}, ["文件", "到哪一步", "什么时候", "谁导入的"].map((word) => h("th", {}, word))));
  fill(byId("before"), rows.length ? h("table", {}, head, h("tbody", {}, rows.map(line))) : empty("还没有导入过", "先选左边的文件。", "layers"));
}
