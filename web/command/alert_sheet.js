// @ts-check
/** Who has seen a message, who has not, who could not be reached: figures that open, and the list behind them. */

import { fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { empty, load } from "./pane.js";
import { ago, when } from "./time.js";

export const STATES = /** @type {const} */ ({
  not_reached: { word: "联系不上", icon: "cloud-off", kind: "danger" },
  not_seen: { word: "没看", icon: "wait", kind: "warn" },
  seen: { word: "看到", icon: "ok", kind: "ok" },
});
const COUNTS = /** @type {const} */ ({ seen: "seen", not_seen: "unseen", not_reached: "unreachable" });
const CHANNELS = { inbox: "手机消息", fcm: "推送", webpush: "推送", sms: "短信", robot: "工作群" };

/** How many it went to; for a moment after sending nobody has been counted yet. @param {any} alert */
export function reachWords(alert) {
  return alert.people ? `发给 ${alert.people} 人` : "正在通知……";
}

/** 看到 29 · 没看 6 · 联系不上 3: each opens its list. @param {any} alert @param {(state: string) => void} open */
export function figures(alert, open) {
  const parts = /** @type {any[]} */ ([]);
  for (const state of /** @type {const} */ (["seen", "not_seen", "not_reached"])) {
    if (parts.length) parts.push(" · ");
    parts.push(
      `${STATES[state].word} `,
      h(
        "button",
        { type: "button", class: "fig-link plain", on: { click: () => open(state) } },
        alert[COUNTS[state]] ?? 0,
      ),
    );
  }
  return h("span", { class: "t2" }, parts);
}

/** The same three, as one bar. @param {any} alert */
export function share(alert) {
  const bar = h("div", {
    class: "bar-share",
    role: "img",
    "aria-label": `看到 ${alert.seen}，没看 ${alert.unseen}，联系不上 ${alert.unreachable}`,
  });
  for (const [kind, n] of [
    ["ok", alert.seen],
    ["warn", alert.unseen],
    ["out", alert.unreachable],
  ]) {
    if (!n) continue;
    const part = h("i", { class: kind });
    part.style.flexGrow = String(n);
    bar.append(part);
  }
  return bar;
}

/**
 * Big figures that choose what the list shows.
 * @param {any} alert
 * @param {string} chosen
 * @param {(state: string) => void} choose
 */
function tiles(alert, chosen, choose) {
  return h(
    "div",
    { class: "trio" },
    /** @type {const} */ (["seen", "not_seen", "not_reached"]).map((state) =>
      h(
        "button",
        {
          type: "button",
          class: `card tile ${STATES[state].kind}`,
          "aria-pressed": chosen === state,
          on: { click: () => choose(chosen === state ? "" : state) },
        },
        h("span", { class: "row" }, icon(STATES[state].icon), STATES[state].word),
        h("span", { class: "figure" }, alert[COUNTS[state]] ?? 0),
      ),
    ),
  );
}

/**
 * Everything about one message and its people.
 * @param {any} alert
 * @param {string} chosen
 * @param {(state: string) => void} choose
 */
export function recipients(alert, chosen, choose) {
  const order = Object.keys(STATES);
  const rows = [...(alert.recipients ?? [])]
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
    .filter((row) => !chosen || row.state === chosen);
  const mine = (alert.recipients ?? []).find((/** @type {any} */ row) => row.is_me);
  return [
    mine && mine.state !== "seen" ? received(alert) : null,
    tiles(alert, chosen, choose),
    h("p", { class: "t2 small" }, "“看到”是本人点了收到。推送说“已送达”不算看到。"),
    rows.length === 0
      ? empty("这里没有人")
      : h(
          "table",
          { "aria-label": "收到通知的人" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["人", "状态", "怎么通知的"].map((name) => h("th", { scope: "col" }, name)),
            ),
          ),
          h("tbody", {}, rows.map(recipient)),
        ),
  ];
}

/** It went to whoever sits here too: one answer, as on the phone. @param {any} alert */
function received(alert) {
  const press = async () => {
    const now = await post(`alerts/${alert.id}/acknowledgement`);
    Object.assign(alert, now);
    place.replaceWith(h("p", { class: "note ok", role: "status" }, icon("ok"), "你点了收到"));
  };
  const place = h("button", { type: "button", class: "btn main", on: { click: press } }, icon("ok"), "收到");
  return place;
}

/** @param {any} row */
function recipient(row) {
  const state = STATES[/** @type {keyof typeof STATES} */ (row.state)] ?? STATES.not_seen;
  const ways = (row.channels ?? []).map((/** @type {any} */ way) =>
    h(
      "div",
      {},
      way.text ||
        `${CHANNELS[/** @type {keyof typeof CHANNELS} */ (way.channel)] ?? way.channel} ${way.state ?? ""}`,
    ),
  );
  return h(
    "tr",
    { data: { state: row.state } },
    h("td", {}, h("b", {}, row.name), h("div", { class: "t2 small" }, row.grid_name)),
    h("td", {}, tag(state.kind, state.icon, state.word)),
    h(
      "td",
      { class: "t2 small" },
      row.state === "seen" && row.at ? h("div", {}, `${when(row.at)} 点了收到`) : null,
      ways,
    ),
  );
}

/**
 * @param {{open: (content: any) => void}} sheet @param {any} alert @param {string} [state] which figure was opened
 * @returns {(fresh: any) => void} call with a newer summary of the same alert to read it again
 */
export function openAlert(sheet, alert, state = "") {
  const body = h("div", { class: "col gap" });
  let chosen = state;
  /** @type {any} */
  let full = alert;
  let isOpen = true;
  const draw = () =>
    fill(
      body,
      h("p", { class: "said-text" }, full.text),
      h("p", { class: "t2 small" }, `${when(full.made_at)} 发出，${ago(full.made_at)}。${reachWords(full)}`),
      recipients(full, chosen, (next) => {
        chosen = next;
        draw();
      }),
    );
  const read = () => get(`alerts/${alert.id}`);
  const take = (/** @type {any} */ answer) => {
    full = answer;
    draw();
  };
  sheet.open({
    title: full.title,
    kind: full.severity === "urgent" ? "is-urgent" : "",
    body: [body],
    onClose: () => (isOpen = false),
  });
  void load(body, read, take);
  return (fresh) => {
    if (isOpen && fresh && ["people", "seen", "unreachable"].some((key) => fresh[key] !== full[key]))
      void read().then(take, () => undefined);
  };
}
