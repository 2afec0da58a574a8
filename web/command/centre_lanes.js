// @ts-check
/** Below the map: what waits for a desk, lane by lane, and what went out. */

import { figures, reachWords, share } from "./alert_sheet.js";
import { caseCard, reportCard } from "./case_words.js";
import { fill, h, tag } from "./dom.js";
import { empty } from "./pane.js";
import { ago } from "./time.js";

const ALERTS = 2;

/**
 * @param {HTMLElement} holder
 * @param {{openReport: (report: any) => void, openAlert: (alert: any, state?: string) => void}} acts
 */
export function lanes(holder, { openReport, openAlert }) {
  let said = "";
  return {
    /** @param {any} frame */
    put(frame) {
      const state = JSON.stringify([frame.lanes, frame.alerts, Math.floor(Date.now() / 30_000)]);
      if (state === said || !frame.lanes) return;
      said = state;
      const held = holder.contains(document.activeElement) ? document.activeElement?.getAttribute("data-card") : null;
      fill(
        holder,
        frame.lanes.map((/** @type {any} */ lane) => waiting(lane, openReport)),
        sent(frame.alerts, openAlert),
      );
      if (held) /** @type {HTMLElement|null} */ (holder.querySelector(`[data-card="${held}"]`))?.focus();
    },
  };
}

/** @param {any} lane @param {(report: any) => void} openReport */
function waiting(lane, openReport) {
  const reports = lane.reports.map((/** @type {any} */ report) => reportCard(report, openReport));
  const cards = [...reports, ...lane.cases.map(caseCard)];
  return section(
    lane.key === "submitted" ? "lane-reports" : "lane-cases",
    `lane-${lane.key}`,
    [lane.name, lane.count, "/cases/", lane.count > cards.length ? `先看 ${cards.length} 件` : ""],
    cards.length ? cards : [calm(EMPTY[lane.key] ?? "没有等着的")],
  );
}

/** @type {Record<string, string>} */
const EMPTY = { submitted: "没有没受理的上报", registered: "没有等派遣的", handling: "没有在办的", post_verify: "没有等核查的" };

/** @param {any[]} alerts @param {(alert: any, state?: string) => void} openAlert */
function sent(alerts, openAlert) {
  return section(
    "lane-alerts",
    "lane-alerts",
    ["通知", alerts.length, "/centre/messages/", "近期发出"],
    alerts.length ? alerts.slice(0, ALERTS).map((alert) => alertCard(alert, openAlert)) : [calm("还没有发过通知")],
  );
}

/** @param {string} kind @param {string} id @param {[string, number, string, string]} head @param {Node[]} cards */
function section(kind, id, [word, n, all, note], cards) {
  return h(
    "section",
    { class: `lane ${kind}`, "aria-labelledby": id },
    h(
      "div",
      { class: "row between lane-head" },
      h("h2", { class: "item", id }, `${word} `, h("a", { class: "fig-link", href: all }, n)),
      note && h("span", { class: "t2 small" }, note),
    ),
    h("div", { class: "cards" }, cards),
  );
}

/** @param {string} title */
function calm(title) {
  return h("div", { class: "card calm-card" }, empty(title));
}

/** @param {any} alert @param {(alert: any, state?: string) => void} open */
function alertCard(alert, open) {
  return h(
    "article",
    { class: "card alert-card" },
    h(
      "div",
      { class: "row between" },
      h(
        "button",
        { type: "button", class: "plain b clip cover", data: { card: alert.id }, on: { click: () => open(alert) } },
        alert.title,
      ),
      alert.severity === "urgent"
        ? tag("danger", "sos", "紧急")
        : h("span", { class: "t2 small nowrap" }, ago(alert.made_at)),
    ),
    share(alert),
    h(
      "div",
      { class: "row between small foot-line" },
      h("span", { class: "t2 clip" }, reachWords(alert)),
      figures(alert, (state) => open(alert, state)),
    ),
  );
}
