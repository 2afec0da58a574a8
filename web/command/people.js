// @ts-check
/** People of the county's grids: find one, see posts, grids and phones. */

import { byId, fill, h, tag } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { empty, load } from "./pane.js";
import { person } from "./person_sheet.js";
import { sheet } from "./sheet.js";
import { table } from "./table.js";

const one = sheet(byId("sheet"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
let asked = 0;

const rows = table(byId("list"), {
  label: "人员",
  key: (/** @type {any} */ row) => String(row.id),
  choose: open,
  open,
  columns: [
    { name: "姓名", draw: (row) => h("b", {}, row.name) },
    { name: "号码", class: "num t2", draw: (row) => row.number },
    {
      name: "岗位和网格",
      draw: (row) =>
        [
          ...row.posts.map((/** @type {any} */ post) => `${post.unit_name}${post.role_name}`),
          ...row.duties.map((/** @type {any} */ duty) => `${duty.grid_name}${duty.role_name}`),
        ].join("、") || h("span", { class: "t3" }, "没有"),
    },
    {
      name: "手机",
      class: "nowrap",
      draw: (row) => (row.has_phone ? tag("ok", "phone", "已登记") : h("span", { class: "t2" }, "没登记")),
    },
  ],
  foot: (all) => `${all.length} 人`,
});

/** @param {any} row */
function open(row) {
  person(one, row, { changed: () => void refresh() });
}

async function refresh() {
  const mine = (asked += 1);
  const answer = await get("people", { q: search.value.trim() });
  if (mine !== asked) return;
  const found = answer.items ?? answer;
  rows.put(found);
  byId("none").hidden = found.length > 0;
}

let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => void refresh().catch(() => undefined), 200);
});
fill(byId("none"), empty("没有找到这个人", "试试姓名里的一个字，或者号码开头。", "search"));
listen({
  search: () => search.focus(),
  move: rows.move,
  open: () => {
    const row = rows.chosen();
    if (row) open(row);
  },
  close: one.close,
});

await start();
await load(byId("busy"), refresh, () => fill(byId("busy")));
byId("list").dataset.ready = "true";
