// @ts-check
/** Find an administrative unit by a part of its name or the beginning of its code. */

import { byId, fill, h, tag } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { empty, load } from "./pane.js";
import { table } from "./table.js";

const LEVELS = /** @type {const} */ ([
  ["", "全部"],
  ["county", "县"],
  ["township", "乡镇"],
  ["village", "村和社区"],
]);
const NAMES = /** @type {Record<string, string>} */ ({
  city: "设区市",
  county: "县",
  township: "乡镇",
  village: "村",
});
const KINDS = /** @type {Record<string, string>} */ ({
  city: "设区市",
  district: "市辖区",
  county: "县",
  county_city: "县级市",
  street: "街道",
  town: "镇",
  township: "乡",
  estate: "园区、农场",
  community: "社区",
  village: "村",
  other: "其他",
});
const search = /** @type {HTMLInputElement} */ (byId("search"));
let level = "";
let asked = 0;

const rows = table(byId("list"), {
  label: "单位",
  key: (/** @type {any} */ unit) => unit.code,
  choose: () => undefined,
  open: (unit) => {
    if (unit.has_boundary && unit.level === "village") location.assign(`/admin/#unit=${unit.code}`);
  },
  columns: [
    { name: "名称", draw: (unit) => h("b", {}, unit.name) },
    { name: "编码", class: "num", draw: (unit) => unit.code },
    { name: "级别", draw: (unit) => NAMES[unit.level] ?? unit.level },
    { name: "类别", class: "t2", draw: (unit) => KINDS[unit.kind] ?? unit.kind },
    { name: "上级", class: "t2", draw: (unit) => unit.parent_name },
    {
      name: "边界",
      draw: (unit) =>
        unit.unofficial
          ? tag("warn", "warn", "草案，非官方")
          : unit.has_boundary
            ? tag("ok", "ok", "有")
            : h("span", { class: "t3" }, "没有"),
    },
    {
      name: "",
      class: "right",
      draw: (unit) =>
        [
          unit.level !== "county" && h("a", { href: `/admin/borders/#unit=${unit.code}` }, "画村界"),
          " ",
          unit.has_boundary && unit.level === "village" && h("a", { href: `/admin/#unit=${unit.code}` }, "划分网格"),
        ],
    },
  ],
  foot: (all) => (all.length >= 50 ? "先列 50 个，多写几个字能找得更准。" : `${all.length} 个单位，按拼音排。`),
});

async function refresh() {
  const mine = (asked += 1);
  const found = await get("units", { q: search.value.trim(), level });
  if (mine !== asked) return;
  rows.put(found);
  byId("none").hidden = found.length > 0;
}

const reload = () => load(byId("busy"), refresh, () => fill(byId("busy")));
const choices = () =>
  fill(
    byId("levels"),
    LEVELS.map(([key, word]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": key === level,
          on: {
            click: () => {
              level = key;
              choices();
              void reload();
            },
          },
        },
        word,
      ),
    ),
  );

choices();
fill(byId("none"), empty("没有这个单位", "试试名字里的一个字，或者编码开头几位。", "search"));
let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => void reload(), 200);
});
listen({ search: () => search.focus(), move: rows.move });
await start();
await reload();
