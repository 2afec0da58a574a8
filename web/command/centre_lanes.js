// @ts-check
/** Below the map: what came in, and what went out. */

import { fill, h, icon, tag } from "./dom.js";
import { figures, reachWords, share } from "./alert_sheet.js";
import { empty } from "./pane.js";
import { kindOf, personOf, photoWords } from "./report_sheet.js";
import { ago, when } from "./time.js";

const REPORTS = 3;
const ALERTS = 2;

/**
 * @param {HTMLElement} holder
 * @param {{openReport: (report: any) => void, openAlert: (alert: any, state?: string) => void}} acts
 */
export function lanes(holder, { openReport, openAlert }) {
  const reports = h("section", { class: "lane lane-reports", "aria-labelledby": "reports-title" });
  const alerts = h("section", { class: "lane lane-alerts", "aria-labelledby": "alerts-title" });
  fill(holder, reports, alerts);
  let said = "";
  return {
    /** @param {any} frame */
    put(frame) {
      const state = JSON.stringify([frame.reports, frame.alerts, Math.floor(Date.now() / 30_000)]);
      if (state === said) return;
      said = state;
      fill(
        reports,
        head("reports-title", "新上报", frame.reports.length, "两天内", "/centre/reports/"),
        frame.reports.length
          ? h(
              "div",
              { class: "cards three" },
              frame.reports.slice(0, REPORTS).map((/** @type {any} */ report) => reportCard(report, openReport)),
            )
          : calm("两天内没有上报", "网格员上报后，几秒内出现在这里。"),
      );
      fill(
        alerts,
        head("alerts-title", "通知", frame.alerts.length, "近期发出", "/centre/messages/"),
        frame.alerts.length
          ? h(
              "div",
              { class: "cards two" },
              frame.alerts.slice(0, ALERTS).map((/** @type {any} */ alert) => alertCard(alert, openAlert)),
            )
          : calm("还没有发过通知", "给一个村或网格的人写一条，会看到谁看了。"),
      );
    },
  };
}

/** @param {string} id @param {string} word @param {number} n @param {string} note @param {string} all */
function head(id, word, n, note, all) {
  return h(
    "div",
    { class: "row between lane-head" },
    h("h2", { class: "item", id }, `${word} `, h("a", { class: "fig-link", href: all }, n)),
    h("span", { class: "t2 small" }, note),
  );
}

/** @param {string} title @param {string} more */
function calm(title, more) {
  return h("div", { class: "card calm-card" }, empty(title, more));
}

/** @param {any} report @param {(report: any) => void} open */
function reportCard(report, open) {
  const photo = report.photos?.[0];
  return h(
    "article",
    { class: `card report-card ${report.is_urgent ? "is-urgent" : ""}` },
    photo
      ? h("img", { src: photo.small_url || photo.url, alt: "", class: "thumb" })
      : h("span", { class: "thumb no-photo" }, icon(report.icon || "flag")),
    h(
      "div",
      { class: "grow col" },
      h(
        "div",
        { class: "row between" },
        h(
          "button",
          { type: "button", class: "plain b clip cover", on: { click: () => open(report) } },
          kindOf(report),
        ),
        report.is_urgent
          ? tag("danger", "sos", "紧急")
          : h("span", { class: "t2 small nowrap" }, ago(report.received_at)),
      ),
      h("div", { class: "t2 small clip" }, `${report.grid_name || "网格外"} · ${personOf(report)}`),
      h("p", { class: "small clip-2" }, report.text || "没有写文字"),
      h(
        "div",
        { class: "t3 small row between foot-line" },
        h("span", {}, when(report.occurred_at)),
        h("span", { class: "clip" }, photoWords(report)),
      ),
    ),
  );
}

/** @param {any} alert @param {(alert: any, state?: string) => void} open */
function alertCard(alert, open) {
  return h(
    "article",
    { class: "card alert-card" },
    h(
      "div",
      { class: "row between" },
      h("button", { type: "button", class: "plain b clip cover", on: { click: () => open(alert) } }, alert.title),
      alert.severity === "urgent"
        ? tag("danger", "sos", "紧急")
        : h("span", { class: "t2 small nowrap" }, ago(alert.made_at)),
    ),
    h("p", { class: "t2 small clip-2" }, alert.text),
    h(
      "div",
      { class: "foot-line col gap-xs" },
      share(alert),
      h(
        "div",
        { class: "row between small" },
        h("span", { class: "t2" }, reachWords(alert)),
        figures(alert, (state) => open(alert, state)),
      ),
    ),
  );
}
