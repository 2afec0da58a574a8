// @ts-check
/** One grid: who is accountable, what it holds, what came from it, and a task to give. */

import { button, fill, h, icon } from "./dom.js";
import { get } from "./http.js";
import { empty, load } from "./pane.js";
import { kindOf } from "./report_sheet.js";
import { roleWord, taskForm } from "./task_form.js";
import { ago, until } from "./time.js";

/** @param {number} square_metres */
export function area(square_metres) {
  return square_metres >= 1e6
    ? `${(square_metres / 1e6).toFixed(1)} 平方千米`
    : `${Math.round(square_metres / 1e4)} 公顷`;
}

/**
 * @param {{open: (content: any) => void}} sheet
 * @param {any} grid
 * @param {{reports: any[], people: any[], openReport: (report: any) => void, mayAssign: boolean, onClose?: () => void}} around
 */
export function openGrid(sheet, grid, around) {
  const body = h("div", { class: "col gap" });
  const foot = h("div", { class: "row grow" });
  const show = () => {
    fill(body, facts(grid, around), tasks(grid));
    fill(
      foot,
      h("a", { class: "btn", href: `/grids/${grid.code}/card`, target: "_blank" }, icon("print"), "公示牌"),
      around.mayAssign && grid.has_person && button("给任务", { class: "btn main grow", icon: "list", act: give }),
    );
  };
  const give = () => {
    const holder = h("div");
    fill(body, holder);
    fill(foot);
    void taskForm(holder, grid, {
      cancel: show,
      done: (task) => {
        show();
        body.prepend(
          h("p", { class: "note ok", role: "status" }, icon("ok"), `已给${task.person.name}。手机连上网就能看到。`),
        );
      },
    });
  };
  sheet.open({ title: grid.name, body: [body], foot: [foot], onClose: around.onClose });
  show();
  return { give };
}

/** @param {any} grid @param {any} around */
function facts(grid, { reports, people, openReport }) {
  const here = reports.filter((/** @type {any} */ report) => report.grid === grid.code);
  const walking = new Map(people.map((/** @type {any} */ one) => [String(one.id), one]));
  const walkers = people.filter((/** @type {any} */ one) => one.grid === grid.code);
  return [
    !grid.has_person &&
      h("p", { class: "note danger" }, icon("people"), "没有责任人。请县级管理员在“人员与岗位”里指定一位。"),
    h(
      "dl",
      { class: "kv" },
      h("dt", {}, "编码"),
      h("dd", { class: "num" }, grid.code),
      h("dt", {}, "村"),
      h("dd", {}, grid.village),
      h("dt", {}, "户数"),
      h("dd", {}, `${grid.households} 户`),
      h("dt", {}, "面积"),
      h("dd", {}, area(grid.area_m2)),
    ),
    grid.persons.length > 0 &&
      h(
        "ul",
        { class: "lines" },
        grid.persons.map((/** @type {any} */ person) =>
          h(
            "li",
            {},
            h("span", { class: "glyph" }, icon("me")),
            h(
              "span",
              { class: "grow" },
              h("b", {}, person.name),
              h(
                "span",
                { class: "t2 small block" },
                roleWord(person.role) + (walking.has(String(person.id)) ? "，正在巡查" : ""),
              ),
            ),
            person.phone && h("a", { class: "num", href: `tel:${person.phone.replaceAll(" ", "")}` }, person.phone),
          ),
        ),
      ),
    walkers.length > 0 &&
      h("p", { class: "t2" }, `现在在这里巡查：${walkers.map((/** @type {any} */ one) => one.name).join("、")}`),
    h("h3", { class: "item" }, "两天内的上报"),
    here.length
      ? h(
          "ul",
          { class: "lines" },
          here.map((/** @type {any} */ report) =>
            h(
              "li",
              {},
              h("span", { class: `glyph ${report.is_urgent ? "danger" : ""}` }, icon(report.icon || "flag")),
              h(
                "button",
                { type: "button", class: "plain grow", on: { click: () => openReport(report) } },
                h("b", {}, kindOf(report)),
                h("span", { class: "t2 small block clip" }, report.text),
              ),
              h("span", { class: "t2 small" }, ago(report.received_at)),
            ),
          ),
        )
      : h("p", { class: "t2" }, "没有上报。"),
  ];
}

/** Tasks of the grid still open. @param {any} grid */
function tasks(grid) {
  const list = h("div");
  void load(
    list,
    () => get("tasks", { grid: grid.code, state: "open" }),
    (answer) => {
      const rows = answer.items;
      fill(
        list,
        rows.length
          ? h(
              "ul",
              { class: "lines" },
              rows.map((/** @type {any} */ task) =>
                h(
                  "li",
                  {},
                  h("span", { class: "glyph" }, icon("list")),
                  h(
                    "span",
                    { class: "grow" },
                    h("b", {}, task.title),
                    h("span", { class: "t2 small block" }, `${task.person.name}，到 ${until(task.to)}`),
                  ),
                ),
              ),
            )
          : empty("没有待办任务", "", "ok"),
      );
    },
  );
  return [h("h3", { class: "item" }, "待办任务"), list];
}
