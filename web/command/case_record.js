// @ts-check
/** What happened to a case: the nodes of its way, and the record that is only ever added to. */

import { fill, h, icon } from "./dom.js";
import { photoLinks } from "./case_photos.js";
import { when } from "./time.js";

/** @type {Record<string, [string, string]>} */
const SIGNS = {
  submit: ["", "camera"],
  register: ["", "file"],
  assign: ["", "up"],
  return: ["warn", "undo"],
  start: ["ok", "ok"],
  feedback: ["main", "msg"],
  ask_check: ["main", "eye"],
  pass: ["ok", "ok"],
  not_pass: ["warn", "warn"],
  unable: ["warn", "door"],
  close: ["ok", "shield"],
  reject: ["", "x"],
  merge: ["", "link"],
};

/** The way of a case: done, now, ahead. @param {HTMLElement} holder @param {any[]} nodes */
export function drawNodes(holder, nodes) {
  fill(
    holder,
    h(
      "ol",
      { class: "nodes", "aria-label": "办理过程" },
      nodes.map((node, i) =>
        h(
          "li",
          { class: node.state, "aria-current": node.state === "current" ? "step" : undefined },
          h(
            "span",
            { class: "node" },
            node.state === "done" ? icon("ok") : node.state === "current" ? icon("play") : i + 1,
          ),
          h("b", {}, node.word, h("span", { class: "vh" }, SPOKEN[node.state])),
          h("span", { class: "t2 small num" }, span(node)),
          h("span", { class: "t2 small clip" }, node.note),
        ),
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const SPOKEN = { done: "，已完成", current: "，正在这一步", ahead: "，还没到" };

/** @param {any} node */
function span(node) {
  if (node.to) return when(node.to);
  return node.state === "current" && node.from ? `${when(node.from)} 起` : "";
}

/** @param {HTMLElement} holder @param {any} found the case @param {"line"|"table"} view */
export function drawRecord(holder, found, view) {
  const newest = [...found.steps].reverse();
  fill(holder, view === "table" ? table(newest) : h("ol", { class: "record" }, newest.map((step) => line(step, found))));
}

/** Who it went to, if anybody. @param {any} step */
function towards(step) {
  const who = [step.office, step.assignee].filter(Boolean).join(" ");
  if (!who) return "";
  return step.operation === "ask_check" ? `请 ${who} 去看` : `给 ${who}`;
}

/** @param {any} step @param {any} found */
function line(step, found) {
  const [kind, name] = SIGNS[step.operation] ?? ["", "dots"];
  const words = step.operation === "submit" ? found.text || "没有写文字" : step.note;
  const photos = step.operation === "submit" ? found.photos : step.photos;
  return h(
    "li",
    {},
    h("time", { class: "t2 num", datetime: step.at }, when(step.at)),
    h("span", { class: `glyph ${kind}` }, icon(name)),
    h(
      "div",
      { class: "grow" },
      h(
        "div",
        {},
        h("b", {}, step.word),
        " ",
        h("span", { class: "t2" }, [step.role, step.by].filter(Boolean).join(" "), step.by_phone && "，在手机上答的"),
      ),
      towards(step) && h("div", {}, towards(step)),
      words && h("p", { class: "said-text" }, words),
      photoLinks(photos, `${step.word}的照片`),
      step.operation === "submit" && found.photos_expected > photos.length
        ? h("p", { class: "t2 small" }, `${found.photos_expected - photos.length} 张照片还没到`)
        : null,
    ),
  );
}

/** @param {any[]} steps */
function table(steps) {
  return h(
    "div",
    { class: "table-scroll" },
    h(
      "table",
      { "aria-label": "过程记录" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["时间", "做了什么", "谁", "给谁", "说了什么"].map((word) => h("th", { scope: "col" }, word)),
        ),
      ),
      h(
        "tbody",
        {},
        steps.map((step) =>
          h(
            "tr",
            {},
            h("td", { class: "nowrap num" }, when(step.at)),
            h("td", { class: "nowrap" }, h("b", {}, step.word)),
            h("td", {}, [step.role, step.by].filter(Boolean).join(" ")),
            h("td", {}, [step.office, step.assignee].filter(Boolean).join(" ")),
            h("td", { class: "wide" }, step.note),
          ),
        ),
      ),
    ),
  );
}
