// @ts-check
/** One person: grids in hand, phones, a code for a new phone. */

import { button, fill, h, icon, tag } from "./dom.js";
import { enrolment } from "./enrolment.js";
import { get, post } from "./http.js";
import { busy, load } from "./pane.js";
import { dutyForm } from "./duty_form.js";
import { apps } from "./person_apps.js";
import { smsNumber } from "./sms_number.js";
import { roleWord } from "./task_form.js";
import { ago, when } from "./time.js";

/**
 * @param {{open: (content: any) => void}} sheet @param {any} row
 * @param {{changed: () => void}} acts
 */
export function person(sheet, row, { changed }) {
  const body = h("div", { class: "col gap" });
  const code = enrolment();
  sheet.open({ title: row.name, body: [body], onClose: code.stop });
  const read = () =>
    load(
      body,
      () => get(`people/${row.id}`),
      (full) => draw(full),
    );
  const again = () => {
    changed();
    void read();
  };

  /** @param {any} full */
  const draw = (full) =>
    fill(
      body,
      h(
        "dl",
        { class: "kv" },
        h("dt", {}, "号码"),
        h("dd", { class: "num" }, full.number),
        full.posts?.length > 0 && [
          h("dt", {}, "岗位"),
          h("dd", {}, full.posts.map((/** @type {any} */ held) => `${held.unit_name}${held.role_name}`).join("、")),
        ],
      ),
      !full.is_active && h("p", { class: "note warn" }, icon("lock"), "这个人已停用。"),
      h("h3", { class: "item" }, "负责的网格"),
      full.duties?.length
        ? h(
            "ul",
            { class: "lines" },
            full.duties.map((/** @type {any} */ duty) => dutyLine(duty, full.may_manage, again)),
          )
        : h("p", { class: "t2" }, "没有负责的网格。"),
      full.may_manage && dutyForm(full, again),
      h("h3", { class: "item" }, "手机"),
      full.devices?.length
        ? h(
            "ul",
            { class: "lines" },
            full.devices.filter((/** @type {any} */ one) => one.kind !== "gpx").map((/** @type {any} */ device) => deviceLine(device, full.may_manage, again)),
          )
        : h("p", { class: "t2" }, "还没有登记手机。"),
      full.may_manage && code.draw(full),
      smsNumber(row),
      full.may_manage && apps(full, again),
    );
  void read();
}

/** @param {any} duty @param {boolean} may @param {() => void} again */
function dutyLine(duty, may, again) {
  return h(
    "li",
    {},
    h("span", { class: "glyph main" }, icon("map")),
    h(
      "span",
      { class: "grow" },
      h("b", {}, duty.grid_name),
      h("span", { class: "t2 small block" }, `${duty.role_name || roleWord(duty.role)}，${when(duty.from)} 起`),
    ),
    may &&
      confirmed(
        "不再负责",
        `从现在起，${duty.grid_name}没有这位${duty.role_name || roleWord(duty.role)}了。`,
        "正在办……",
        async () => {
          await post(`duties/${duty.id}/end`);
          again();
        },
      ),
  );
}

/** @param {any} device @param {boolean} may @param {() => void} again */
function deviceLine(device, may, again) {
  const id = device.id ?? device.uuid;
  const isPhone = device.kind === "pwa";
  return h(
    "li",
    {},
    h("span", { class: "glyph" }, icon(isPhone ? "phone" : "pin")),
    h(
      "span",
      { class: "grow" },
      h("b", {}, device.name || "手机"),
      h(
        "span",
        { class: "t2 small block" },
        `${when(device.enrolled_at)} 登记${device.seen_at ? `，${ago(device.seen_at)}有消息` : ""}`,
      ),
    ),
    device.revoked_at
      ? tag("", "lock", `${when(device.revoked_at)} 停用`)
      : may &&
          confirmed(
            isPhone ? "停用手机" : "停用软件",
            isPhone
              ? "手机丢了才停用。手机里没传上来的不会丢，拿到镇综治中心可以取出来。"
              : "停用以后，这个软件发来的不再收。",
            "正在停……",
            async () => {
              await post(`devices/${id}/revoke`);
              again();
            },
          ),
  );
}

/**
 * Two steps for what is felt elsewhere at once: say it, then do it.
 * @param {string} word
 * @param {string} why
 * @param {string} busyWord
 * @param {() => Promise<void>} act
 */
function confirmed(word, why, busyWord, act) {
  const holder = h("span", { class: "confirm" });
  const rest = () => fill(holder, h("button", { type: "button", class: "link", on: { click: ask } }, word));
  const ask = () => {
    const yes = button(word, { class: "btn danger slim", act: () => void busy(yes, busyWord, act) });
    fill(
      holder,
      h("span", { class: "small t2 block" }, why),
      h("span", { class: "row wrap" }, yes, button("算了", { class: "btn slim", act: rest })),
    );
    yes.focus();
  };
  rest();
  return holder;
}
