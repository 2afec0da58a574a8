// @ts-check
/** Hear of changes: a stream while it can be had, a poll as the floor, and an honest word about both. */

import { get, post } from "./http.js";
import { picture } from "./live_frame.js";

const POLL_MS = 20_000;
const WHOLE_MS = 300_000; // so often the whole picture is asked for although the stream runs
const RETRY_MS = [1_000, 3_000, 8_000, 20_000];

/**
 * @param {(frame: import("./live_frame.js").Frame) => void} onFrame called with the picture after each piece of news
 * @param {(state: {streaming: boolean, heardAt: number, failing: boolean}) => void} onState called each second
 * @returns {{refresh: () => Promise<void>, stop: () => void}}
 */
export function follow(onFrame, onState) {
  const state = { streaming: false, heardAt: 0, failing: false };
  const held = picture();
  /** @type {EventSource|null} */
  let stream = null;
  let tries = 0;
  let wholeAt = 0;

  const hear = () => {
    state.heardAt = Date.now();
    state.failing = false;
  };

  /** @param {import("./live_frame.js").Frame|null} frame */
  const show = (frame) => {
    hear();
    if (frame) onFrame(frame);
  };

  /** @param {import("./live_frame.js").Frame} whole */
  const take = (whole) => {
    wholeAt = Date.now();
    show(held.take(whole));
  };

  const refresh = async () => {
    try {
      take(await get("centre"));
    } catch {
      state.failing = true;
    }
  };

  const open = async () => {
    try {
      const { ticket, url } = await post("live/ticket");
      const address = new URL(url, location.href);
      if (!address.searchParams.has("ticket")) address.searchParams.set("ticket", ticket);
      stream = new EventSource(address);
    } catch {
      again();
      return;
    }
    stream.addEventListener("open", () => {
      state.streaming = true;
      tries = 0;
      hear();
    });
    stream.addEventListener("tick", (event) => take(read(event)));
    stream.addEventListener("delta", (event) => show(held.add(read(event))));
    stream.addEventListener("ask", () => void refresh());
    stream.addEventListener("beat", hear);
    stream.addEventListener("error", again);
  };

  // A ticket opens one stream, so the browser's own reconnection is of no use: close and ask for a new one.
  const again = () => {
    stream?.close();
    stream = null;
    state.streaming = false;
    setTimeout(open, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries += 1;
  };

  const poll = setInterval(() => {
    if (!state.streaming || Date.now() - state.heardAt > POLL_MS || Date.now() - wholeAt > WHOLE_MS) void refresh();
  }, POLL_MS);
  const second = setInterval(() => onState(state), 1000);
  void refresh().then(() => onState(state));
  void open();
  return {
    refresh,
    stop() {
      clearInterval(poll);
      clearInterval(second);
      stream?.removeEventListener("error", again);
      stream?.close();
    },
  };
}

/** @param {Event} event */
function read(event) {
  return JSON.parse(/** @type {MessageEvent} */ (event).data);
}
