// @ts-check
/** Who looked at whom, and why: what I looked at, and who looked at me. */

import { byId, fill, h, icon } from "./dom.js";
import { get } from "./http.js";
import { start } from "./page.js";
import { empty, load } from "./pane.js";
import { when } from "./time.js";

const WHAT = /** @type {Record<string, string>} */ ({ track: "一段路线", original_photo: "一张原始照片" });

void start();
void load(
  byId("looks"),
  () => get("looks"),
  (answer) => {
    fill(
      byId("looks"),
      answer.length
        ? h(
            "ul",
            { class: "lines roomy" },
            answer.map((/** @type {any} */ entry) =>
              h(
                "li",
                {},
                h("span", { class: "glyph" }, icon("eye")),
                h(
                  "span",
                  { class: "grow" },
                  h("b", {}, `${entry.by}看了${entry.about}的${WHAT[entry.what] ?? entry.what}`),
                  h("span", { class: "t2 small block" }, `理由：${entry.reason}`),
                ),
                h("span", { class: "t2 small nowrap" }, when(entry.at)),
              ),
            ),
          )
        : empty("没有查看记录", "看一个人的路线要写理由，写了就记在这里，本人也看得到。", "shield"),
    );
  },
);
