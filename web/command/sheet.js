// @ts-check
/** The one place on a page where a thing opens: over the side column, closed by Esc, focus goes back where it was. */

import { fill, h, icon } from "./dom.js";

/** @param {HTMLElement} holder a hidden element of class `sheet-side` */
export function sheet(holder) {
  /** @type {HTMLElement|null} */
  let cameFrom = null;
  /** @type {(() => void)|undefined} */
  let left;

  const close = () => {
    if (holder.hidden) return false;
    holder.hidden = true;
    fill(holder);
    left?.();
    left = undefined;
    if (cameFrom?.isConnected) cameFrom.focus();
    cameFrom = null;
    return true;
  };

  return {
    close,
    isOpen: () => !holder.hidden,
    /**
     * @param {{title: string|Node, kind?: string, body: Node|any[], foot?: Node|any[], onClose?: () => void}} content
     */
    open({ title, kind = "", body, foot, onClose }) {
      if (holder.hidden) cameFrom = /** @type {HTMLElement} */ (document.activeElement);
      left?.();
      left = onClose;
      const heading = h("h2", { class: "grow", tabindex: -1, id: "sheet-title" }, title);
      const shut = h("button", { type: "button", class: "btn quiet", on: { click: close } }, "关上", icon("x"));
      holder.hidden = false;
      holder.setAttribute("aria-labelledby", "sheet-title");
      fill(
        holder,
        h(
          "section",
          { class: `panel ${kind}` },
          h("header", {}, heading, shut),
          h("div", { class: "in col scroll" }, body),
          foot && h("div", { class: "panel-foot row wrap" }, foot),
        ),
      );
      heading.focus({ preventScroll: true });
    },
  };
}
