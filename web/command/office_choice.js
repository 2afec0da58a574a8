// @ts-check
/** Which office takes a case, and who in it: two lists, the second follows the first. */

import { fill, h } from "./dom.js";

/**
 * @param {{id: number, name: string, people: {id: string, name: string}[]}[]} offices
 * @param {{office?: string}} [before] the office's name until now
 */
export function officeChoice(offices, { office: before = "" } = {}) {
  const staffed = offices.filter((office) => office.people.length);
  const office = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "field", name: "office", required: true },
      h("option", { value: "" }, "请选单位"),
      staffed.map((one) => h("option", { value: String(one.id) }, one.name)),
    )
  );
  const person = /** @type {HTMLSelectElement} */ (h("select", { class: "field", name: "handler" }));
  const people = () => {
    const chosen = staffed.find((one) => String(one.id) === office.value);
    fill(
      person,
      h("option", { value: "" }, "单位里谁都可以签收"),
      (chosen?.people ?? []).map((one) => h("option", { value: one.id }, one.name)),
    );
    person.disabled = !chosen;
  };
  office.addEventListener("change", people);
  const now = staffed.find((one) => one.name === before);
  if (now) office.value = String(now.id);
  people();
  const without = offices.filter((one) => !one.people.length);
  return {
    office,
    body: () => ({ office: Number(office.value), handler: person.value || null }),
    element: h(
      "div",
      { class: "col gap-s" },
      h("label", { class: "labelled" }, "派给哪个单位", office),
      h("label", { class: "labelled" }, "给谁", person),
      without.length > 0 &&
        h("p", { class: "t2 small" }, `没有处置人员、派不到的单位：${without.map((one) => one.name).join("、")}`),
    ),
  };
}
