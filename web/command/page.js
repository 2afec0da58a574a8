// @ts-check
/** What every page does first: who am I, what time is it in the county. */

import { get } from "./http.js";
import { clock, date } from "./time.js";

/** @returns {Promise<any>} the person signed in, with units, bounds and tile address */
export async function start() {
  const face = document.getElementById("clock");
  if (face) {
    const tick = () => {
      const now = Date.now();
      face.textContent = `${date(now)} ${clock(now)}`;
    };
    tick();
    setInterval(tick, 5000);
  }
  return get("me");
}

/** The unit whose ground a page shows: that of the first post. @param {any} me */
export function unitOf(me) {
  const post = me.roles?.find((/** @type {any} */ role) => role.unit) ?? {};
  return String(post.unit?.code ?? post.unit ?? me.units?.[0] ?? "").padEnd(12, "0");
}

const PLACE = ["centre_operator", "centre_dispatcher", "duty_chief", "centre_leader"];

/**
 * May this person give tasks and send messages? The server decides; this only hides what it would refuse.
 * @param {any} me
 */
export function isCentre(me) {
  return (me.roles ?? []).some((/** @type {any} */ post) => PLACE.includes(post.role));
}

/** A value of the address bar's fragment, e.g. `#report=…`. @param {string} key */
export function fragment(key) {
  return new URLSearchParams(location.hash.slice(1)).get(key) ?? "";
}
