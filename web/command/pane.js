// @ts-check
/** A place on the page that asks the server for what it shows: waiting, empty, wrong, or there. */

import { button, fill, h, icon } from "./dom.js";

/**
 * Ask, then draw. A skeleton appears only after 300 ms, words after 2 s; an error says what to do and can be tried again.
 * @template T
 * @param {HTMLElement} pane
 * @param {() => Promise<T>} ask
 * @param {(answer: T) => void} draw
 * @returns {Promise<void>}
 */
export async function load(pane, ask, draw) {
  const bones = setTimeout(() => fill(pane, skeleton()), 300);
  const words = setTimeout(
    () => pane.append(h("p", { class: "t2 pad", role: "status" }, "正在读，请稍等……")),
    2000,
  );
  pane.setAttribute("aria-busy", "true");
  try {
    const answer = await ask();
    clearTimeout(bones);
    clearTimeout(words);
    draw(answer);
  } catch (error) {
    clearTimeout(bones);
    clearTimeout(words);
    fill(
      pane,
      wrong(error, () => load(pane, ask, draw)),
    );
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

function skeleton() {
  return h(
    "div",
    { class: "bones", "aria-hidden": "true" },
    ...[60, 90, 75].map((share) => h("div", { class: `skel w${share}` })),
  );
}

/** What happened, what still works, one button. @param {unknown} error @param {() => void} again */
export function wrong(error, again) {
  const text = error instanceof Error ? error.message : String(error);
  return h(
    "div",
    { class: "empty", role: "alert" },
    icon("warn"),
    h("b", {}, "没读出来"),
    h("p", {}, text),
    button("再试一次", { icon: "undo", act: again }),
  );
}

/**
 * Nothing there, and that is all right.
 * @param {string} title
 * @param {string} [more]
 * @param {string} [name]
 */
export function empty(title, more = "", name = "ok") {
  return h("div", { class: "empty" }, icon(name), h("b", {}, title), more && h("p", {}, more));
}

/**
 * Run what a button asks for, once at a time: the word changes while it runs, a problem is said beside it.
 * @param {HTMLButtonElement} pressed @param {string} busyWord @param {() => Promise<void>} act
 */
export async function busy(pressed, busyWord, act) {
  const before = [...pressed.childNodes];
  const said = pressed.parentElement?.querySelector(".said");
  if (said) said.remove();
  pressed.disabled = true;
  fill(pressed, busyWord);
  try {
    await act();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    pressed.parentElement?.append(h("p", { class: "said note warn", role: "alert" }, icon("warn"), text));
  } finally {
    pressed.disabled = false;
    pressed.replaceChildren(...before);
  }
}
