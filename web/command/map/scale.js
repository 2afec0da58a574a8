// @ts-check
/** A scale bar in Chinese units, true at the middle of the map. */

import { h } from "../dom.js";

const STEPS_M = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
const WIDTH_PX = 110;

/** @param {any} map @param {HTMLElement} holder */
export function scale(map, holder) {
  const bar = h("div", { class: "scale", "aria-hidden": "true" });
  holder.append(bar);
  const draw = () => {
    const middle = map.getContainer().clientHeight / 2;
    const from = map.unproject([0, middle]);
    const metresPerPixel = from.distanceTo(map.unproject([100, middle])) / 100;
    const length = STEPS_M.filter((step) => step / metresPerPixel <= WIDTH_PX).at(-1) ?? STEPS_M[0];
    bar.textContent = length < 1000 ? `${length} 米` : `${length / 1000} 千米`;
    bar.style.width = `${Math.max(48, Math.round(length / metresPerPixel))}px`;
  };
  map.on("move", draw);
  map.on("resize", draw);
  draw();
}
