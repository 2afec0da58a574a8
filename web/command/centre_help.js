// @ts-check
/** Who called for help: a strip across the wall that stays until somebody has looked and it is over. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { ago, clock } from "./time.js";

const TITLE = "【求助】";
const SHOWN = 4;

/**
 * The calls of a frame, each where its person is now: on patrol there is a newer place than that of the call.
 * @param {any} frame @returns {any[]}
 */
export function callsOf(frame) {
  if (!frame.help_calls?.length) return [];
  const walking = new Map(frame.people.map((/** @type {any} */ row) => [row.id, row]));
  return frame.help_calls.map((/** @type {any} */ call) => {
    const now = walking.get(call.person.id);
    const isNewer = call.state !== "ended" && now && Date.parse(now.t) >= Date.parse(call.called_at);
    const at = isNewer ? now : call;
    return {
      ...call,
      lon: at.lon,
      lat: at.lat,
      accuracy_m: at.accuracy_m,
      grid_name: (isNewer && now.grid_name) || call.grid_name,
      placed_at: isNewer ? now.t : call.lon === null ? null : call.called_at,
    };
  });
}

/**
 * @param {HTMLElement} holder
 * @param {{goTo: (call: any) => void, mayAnswer: () => Promise<boolean>, refresh: () => Promise<void>}} acts
 */
export function helpStrip(holder, { goTo, mayAnswer, refresh }) {
  let said = "";
  let ending = ""; // the call a word is being written for
  let word = "";
  let trouble = "";
  let mayDo = false;
  /** @type {any[]} */
  let calls = [];
  void mayAnswer().then((may) => {
    mayDo = may;
    draw();
  });

  /** @param {any} call @param {string} deed @param {any} [body] */
  const act = async (call, deed, body) => {
    try {
      await post(`help-calls/${call.id}/${deed}`, body);
      trouble = ending = word = "";
    } catch (error) {
      trouble = /** @type {Error} */ (error).message;
    }
    await refresh();
    draw();
  };

  /** @param {any} call */
  const buttons = (call) => {
    if (ending === call.id) return endForm(call);
    const isOver = call.state === "ended";
    return [
      call.lon !== null && button("看位置", { class: "btn", icon: "pin", act: () => goTo(calls.find((one) => one.id === call.id) ?? call) }),
      mayDo && !call.seen_at && button("看到了", { class: "btn main", icon: "ok", act: () => void act(call, "seen") }),
      mayDo &&
        !isOver &&
        button("结束", {
          class: "btn",
          icon: "stop",
          act: () => {
            ending = call.id;
            draw();
            holder.querySelector("input")?.focus();
          },
        }),
    ];
  };

  /** @param {any} call */
  const endForm = (call) =>
    h(
      "form",
      {
        class: "row",
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            if (word.trim()) void act(call, "end", { word });
          },
        },
      },
      h("input", {
        type: "text",
        class: "field",
        maxlength: 200,
        required: true,
        value: word,
        placeholder: "怎么样了？本人会看到",
        "aria-label": "结束求助时对本人说的话",
        on: { input: (/** @type {any} */ event) => (word = event.target.value) },
      }),
      h("button", { type: "submit", class: "btn main" }, "确定结束"),
      button("先不结束", {
        class: "btn quiet",
        act: () => {
          ending = "";
          draw();
        },
      }),
    );

  /** @param {any} call */
  const line = (call) =>
    h(
      "li",
      { class: `row wrap ${call.state}`, data: { call: call.id } },
      icon("sos"),
      h(
        "div",
        { class: "grow" },
        h("div", { class: "title" }, `${call.person.name}求助 · ${call.grid_name || "位置不明"}`),
        h(
          "div",
          {},
          [whenOf(call), call.note].filter(Boolean).join(" · "),
          " · ",
          h("span", { class: "place", "aria-live": "off" }),
        ),
      ),
      h("a", { class: "btn", href: `tel:${call.phone}` }, icon("phone"), call.phone),
      h("div", { class: "row" }, buttons(call)),
    );

  const places = () => {
    for (const call of calls) {
      const place = holder.querySelector(`[data-call="${call.id}"] .place`);
      if (place && place.textContent !== placeOf(call)) place.textContent = placeOf(call);
    }
  };

  const draw = () => {
    const shown = calls.map((call) => [call.id, call.grid_name, whenOf(call), call.note, call.seen_at, call.lon === null]);
    const state = JSON.stringify([shown, mayDo, ending, trouble]);
    if (state === said) return places(); // read aloud, and drawn under a hand, only when something is new
    said = state;
    if (!calls.some((call) => call.id === ending)) ending = "";
    document.title = `${calls.length ? TITLE : ""}${document.title.replace(TITLE, "")}`;
    holder.hidden = !calls.length;
    fill(
      holder,
      h("ul", { class: "col" }, calls.slice(0, SHOWN).map(line)),
      calls.length > SHOWN && h("p", {}, `还有 ${calls.length - SHOWN} 人求助，前面的处理完就会显示。`),
      trouble && h("p", { class: "b" }, trouble),
    );
    places();
  };

  // Words that are being written are not taken away: what came meanwhile is drawn afterwards.
  const isWriting = () => holder.contains(document.activeElement) && document.activeElement?.localName === "input";
  holder.addEventListener("focusout", () => setTimeout(() => !isWriting() && draw(), 200));

  return {
    /** @param {any[]} next where everybody is now, see `callsOf` */
    put(next) {
      calls = next;
      if (!isWriting()) draw();
    },
  };
}

/** @param {any} call */
function whenOf(call) {
  const pressed = `${clock(call.called_at)} 按下`;
  if (call.state === "ended") return `${pressed}，${clock(call.ended_at)} 本人说没事了`;
  const late = call.is_late ? `，当时没网，${clock(call.received_at)} 才收到，没有响铃` : "";
  return `${pressed}${late}${call.seen_at ? `，${clock(call.seen_at)} ${call.seen_by}看到了` : "，还没人点“看到了”"}`;
}

/** @param {any} call */
function placeOf(call) {
  if (!call.placed_at) return "还没有位置";
  const exact = call.accuracy_m === null ? "" : `，误差 ${Math.round(call.accuracy_m)} 米`;
  return `${ago(call.placed_at)}的位置${exact}`;
}
