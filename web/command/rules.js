// @ts-check
/** The county's limits, version by version, and what is held beyond its time: the administrator's. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { holds } from "./holds.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { load } from "./pane.js";
import { limitsForm, valueAt } from "./rules_form.js";
import { clock, date } from "./time.js";

/** @type {any} */
let told = null;

/** In words which numbers differ from the version before. @param {any} version @param {any} before */
function differences(version, before) {
  return told.words
    .map((/** @type {any} */ one) => [one, valueAt(before.limits, one.path), valueAt(version.limits, one.path)])
    .filter((/** @type {any[]} */ [, a, b]) => String(a) !== String(b))
    .map((/** @type {any[]} */ [one, a, b]) => `${one.group_name}·${one.name}：${[a].flat().join("、")} → ${[b].flat().join("、")} ${one.unit}`);
}

/** @param {any} version */
const standing = (version) =>
  version.version === told.version ? tag("ok", "ok", "现行") : version.version > told.version ? tag("main", "wait", "还没起效") : tag("", "file", "旧的");

const moment = (/** @type {string} */ instant) => `${date(instant)} ${clock(instant)}`;

/** @param {any} version */
const lasts = (version) => `${version.from ? `${moment(version.from)} 起` : "从一开始"}${version.to ? `，到 ${moment(version.to)}` : ""}`;

function versions() {
  if (!told.versions.length) return fill(byId("versions"), h("p", { class: "calm t2" }, "还没有改过，用的是默认的数。"));
  const lines = told.versions.map((/** @type {any} */ version, /** @type {number} */ index) => {
    const before = told.versions[index + 1] ?? { limits: told.defaults };
    const changed = differences(version, before);
    return h(
      "li",
      {},
      h(
        "span",
        { class: "grow col gap-xs" },
        h("span", { class: "row" }, h("b", {}, `第 ${version.version} 版`), standing(version)),
        h("span", { class: "t2 small" }, lasts(version), version.made_by ? `，${version.made_by}写的` : ""),
        changed.map((/** @type {string} */ text) => h("span", { class: "small" }, text)),
        !changed.length && h("span", { class: "t2 small" }, index === told.versions.length - 1 ? "都是默认的数" : "没有改数"),
      ),
      button("看", { class: "btn quiet slim", "aria-label": `看第 ${version.version} 版`, act: () => draw(version) }),
    );
  });
  return fill(byId("versions"), h("ul", { class: "lines version-line" }, lines));
}

/** The newest version to write the next one over, or an older one to read. @param {any} [shown] */
function draw(shown) {
  const newest = told.versions[0] ?? { version: told.version, limits: told.limits };
  const version = shown ?? newest;
  const mayChange = told.may_change && version.version === newest.version;
  fill(byId("limits-title"), `第 ${version.version} 版的各项限度`);
  limitsForm(byId("limits"), byId("limits-foot"), told, version, { mayChange, saved: (answer) => show(answer), back: () => draw() });
}

/** @param {any} answer */
function show(answer) {
  told = answer;
  fill(byId("facts"), `${told.county_name}，现行第 ${told.version} 版。改了存成新的一版，旧的一直看得到。`);
  versions();
  draw();
  byId("limits").dataset.ready = "true";
}

listen({});
await start();
void holds({ list: byId("holds"), form: byId("hold-form"), opener: byId("hold-new"), foot: byId("holds-foot") });
await load(byId("limits"), () => get("rules"), ([first]) =>
  first ? show(first) : void fill(byId("limits"), h("p", { class: "note" }, icon("file"), "你的岗位里没有县。")),
);
