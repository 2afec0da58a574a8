// @ts-check
/** For somebody who carries a tracker app of another maker, or whose track is in a file: enrol the app, bring the file. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";

const APPS = { traccar: "Traccar Client", osmand: "OsmAnd", owntracks: "OwnTracks" };
const DATUMS = { wgs84: "WGS 84（一般的软件）", gcj02: "GCJ-02（高德、腾讯的软件）", bd09: "BD-09（百度的软件）" };
const FILE_DATUMS = { ...DATUMS, cgcs2000: "CGCS2000（测绘的软件）" };
const EVERY = { 5: "5 秒", 10: "10 秒", 30: "30 秒", 60: "1 分钟", 120: "2 分钟", 240: "4 分钟" };
const LARGEST = 5 * 1024 * 1024;

/** @param {any} person @param {() => void} changed */
export function apps(person, changed) {
  return [
    h("details", {}, h("summary", { class: "link" }, "登记别的定位软件"), trackerForm(person, changed)),
    h("details", {}, h("summary", { class: "link" }, "替他导入路线文件"), fileForm(person)),
  ];
}

/** @param {any} person @param {() => void} changed */
function trackerForm(person, changed) {
  const app = choice("app", APPS);
  const crs = choice("crs", DATUMS);
  const every = choice("interval", EVERY);
  every.value = "10";
  const holder = h("div", { class: "col gap-s" });
  const press = button("登记", {
    icon: "pin",
    act: () =>
      void busy(press, "正在登记……", async () => {
        const told = await post(`people/${person.id}/tracker`, { app: app.value, crs: crs.value, interval_s: Number(every.value) });
        fill(holder, handed(told));
        holder.append(h("div", { class: "row" }, button("填好了", { icon: "ok", act: changed })));
        holder.scrollIntoView({ block: "nearest" });
      }),
  });
  return h(
    "div",
    { class: "col gap pad-top" },
    h("p", { class: "t2 small" }, "巡查还是在巡格里开始、结束；只有这个软件的人，位置一个也用不上。"),
    labelled("软件", app),
    labelled("软件用的坐标", crs),
    labelled("多久发一次位置", every),
    h("p", { class: "t2 small" }, "软件里也要设成一样的。隔得久，路线就看得粗；按这里的间隔算断没断。"),
    h("div", { class: "row" }, press),
    holder,
  );
}

/** What is told once. @param {any} told */
function handed(told) {
  const fields = [
    ["网址", told.url],
    ["编号", told.app === "osmand" ? "" : told.id],
    ["用户", told.user],
    ["密码", told.password],
  ];
  return [
    h(
      "div",
      { class: "card enrolment" },
      told.qr_svg &&
        h("img", {
          class: "qr",
          alt: `${told.app_name}的设置码`,
          src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(told.qr_svg)}`,
        }),
      h(
        "div",
        { class: "col gap-s grow" },
        h("b", {}, told.qr_svg ? `用${told.app_name}扫，或者照着填` : `把网址贴到${told.app_name}里`),
        h("p", { class: "t2 small" }, icon("lock"), " 只显示这一次。谁填了，谁的位置就算他的。"),
      ),
    ),
    fields
      .filter(([, value]) => value)
      .map(([name, value]) => labelled(name, h("input", { class: "field", type: "text", readonly: true, value }))),
  ];
}

/** @param {any} person */
function fileForm(person) {
  const file = /** @type {HTMLInputElement} */ (
    h("input", { type: "file", name: "gpx", accept: ".gpx,application/gpx+xml" })
  );
  const crs = choice("file-crs", FILE_DATUMS);
  const reason = /** @type {HTMLInputElement} */ (
    h("input", { class: "field", type: "text", name: "reason", maxlength: "200", placeholder: "比如：手机坏了，本人拿来的" })
  );
  const said = h("div", { role: "status" });
  const press = button("导入", {
    icon: "up",
    act: () =>
      void busy(press, "正在导入……", async () => {
        const chosen = file.files?.[0];
        if (!chosen || chosen.size > LARGEST) {
          fill(said, h("p", { class: "note warn" }, icon("file"), chosen ? "文件太大，最多 5 兆。" : "先选一个 GPX 文件。"));
          return;
        }
        const body = { gpx: await chosen.text(), crs: crs.value, reason: reason.value };
        const answer = await post(`people/${person.id}/gpx`, body);
        fill(said, h("p", { class: "note" }, icon("ok"), `存了 ${answer.taken} 个点，算作一次新的巡查，已注明是导入的。`));
      }),
  });
  return h(
    "div",
    { class: "col gap pad-top" },
    labelled("GPX 文件（要带时间）", file),
    labelled("文件用的坐标", crs),
    labelled("为什么替他导入（他看得到）", reason),
    h("div", { class: "row" }, press),
    said,
  );
}

/** @param {string} name @param {Record<string, string>} words */
function choice(name, words) {
  const options = Object.entries(words).map(([value, word]) => h("option", { value }, word));
  return /** @type {HTMLSelectElement} */ (h("select", { class: "field", name }, options));
}
