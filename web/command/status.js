// @ts-check
/** How fresh the picture is, said as it is: live, behind, or cut off. */

import { fill, icon } from "./dom.js";
import { clock, lasting } from "./time.js";

const FRESH_MS = 45_000;

/** @param {HTMLElement} holder */
export function status(holder) {
  let kind = "";
  return (/** @type {{streaming: boolean, heardAt: number, failing: boolean}} */ state) => {
    const age = Date.now() - state.heardAt;
    const isFresh = state.heardAt > 0 && age < FRESH_MS && !state.failing;
    const word = !state.heardAt
      ? "正在连……"
      : isFresh
        ? `${state.streaming ? "实时" : "每 20 秒更新"} · ${Math.round(age / 1000)} 秒前`
        : `连不上，停在 ${clock(state.heardAt)}（${lasting(age / 1000)}前）`;
    const next = isFresh ? "ok" : state.heardAt ? "off" : "";
    if (next !== kind) {
      kind = next;
      holder.className = `row live ${kind}`;
      fill(holder, icon(isFresh ? "cloud-ok" : "cloud-off"), "");
    }
    if (holder.lastChild?.nodeType === Node.TEXT_NODE) holder.lastChild.textContent = word;
    else holder.append(word);
  };
}
