// @ts-check
/** Photos of a report: copies, what they say of place and time, and the original for a reason. */

import { button, fill, h, icon, tag } from "./dom.js";
import { post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { clock } from "./time.js";

const LEAST = 4;
const SHOWN = ["image/jpeg", "image/png", "image/webp"];

/** Photos that came, and a word about those still on the way. @param {any} report */
export function photoWords(report) {
  const here = report.photos?.length ?? 0;
  const closed = report.photos_closed?.length ?? 0;
  const missing = (report.photos_expected ?? here) - here - closed;
  if (!here && !closed && missing <= 0) return "没有照片";
  return missing > 0 ? `照片 ${here + closed} 张，${missing} 张还没到` : `照片 ${here + closed} 张`;
}

/** @param {any} report */
export function photosOf(report) {
  const shown = (report.photos ?? []).map((/** @type {any} */ photo, /** @type {number} */ i) => line(photo, i, report));
  const closed = (report.photos_closed ?? []).map((/** @type {any} */ photo) => closedLine(photo, report));
  return [
    shown.length + closed.length > 0 && h("ul", { class: "photo-lines" }, shown, closed),
    h("p", { class: "t2 small" }, photoWords(report)),
  ];
}

/** @param {any} photo @param {number} i @param {any} report */
function line(photo, i, report) {
  const name = `第 ${i + 1} 张照片`;
  return h(
    "li",
    {},
    h(
      "a",
      { class: "photo", href: photo.url, target: "_blank", rel: "noopener" },
      h("img", { src: photo.small_url || photo.url, alt: `${name}，点开看大图`, loading: "lazy" }),
    ),
    h(
      "div",
      { class: "col gap-xs grow" },
      said(photo.place_word, photo.place_text, "pin"),
      said(photo.time_word, photo.time_text, "wait"),
      original(photo, report, name),
    ),
  );
}

/** A photo that is here and cannot be opened, or whose time is over. @param {any} photo @param {any} report */
function closedLine(photo, report) {
  return h(
    "li",
    {},
    h("span", { class: "photo no-photo" }, icon("warn")),
    h(
      "div",
      { class: "col gap-xs grow" },
      h("span", { class: "small" }, photo.text),
      photo.state === "unreadable" && original(photo, report, "打不开的照片"),
    ),
  );
}

/** What the photo says of itself; what contradicts its report is a question, said like one. @param {string} word @param {string} text @param {string} name */
function said(word, text, name) {
  if (!text) return null;
  if (word === "differs") return h("span", {}, tag("", "flag", text));
  return h("span", { class: "row t2 small" }, icon(name), h("span", {}, text));
}

/** @param {any} photo @param {any} report @param {string} name */
function original(photo, report, name) {
  return h(
    "span",
    {},
    button("看原图", {
      class: "btn slim",
      icon: "eye",
      "aria-label": `看原图，${name}`,
      act: () => askFor(photo, report.person?.name ?? ""),
    }),
  );
}

/** The file as the camera made it: asks for a reason first, says that it is kept. @param {any} photo @param {string} person */
function askFor(photo, person) {
  const reason = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      class: "field",
      name: "reason",
      required: true,
      minlength: LEAST,
      maxlength: 200,
      rows: 2,
      placeholder: "例如：看清裂缝有多宽",
    })
  );
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { class: "card original", "aria-label": "看原图" }));
  const act = button("写好了，看原图", { class: "btn main", icon: "eye", type: "submit" });
  const open = async () => {
    const why = reason.value.trim();
    const found = await post(`photos/${photo.sha256}/original`, { reason: why });
    fill(dialog, opened(found, why, person, () => dialog.close()));
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void busy(act, "正在取……", open);
  };
  fill(
    dialog,
    h(
      "form",
      { class: "col gap", on: { submit } },
      h("h2", { class: "title" }, "看原图"),
      h(
        "p",
        { class: "note main" },
        icon("eye"),
        h("span", {}, "原图里可能写着拍照的地点和时间。会记录并告诉本人：谁看的、什么时候、什么理由。"),
      ),
      labelled("理由", reason, `至少 ${LEAST} 个字`),
      h("div", { class: "row wrap" }, act, button("不看了", { act: () => dialog.close() })),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();
}

/** @param {any} found @param {string} why @param {string} person @param {() => void} close */
function opened(found, why, person, close) {
  const isShown = SHOWN.includes(found.media_type);
  return h(
    "div",
    { class: "col gap" },
    h(
      "div",
      { class: "watching", role: "status" },
      icon("eye"),
      h(
        "div",
        { class: "grow" },
        h("b", {}, `正在看${person ? ` ${person} 的` : ""}原图`),
        h("div", {}, `理由：${why}。已记录，本人会看到。`),
      ),
    ),
    isShown && h("img", { class: "original-photo", src: found.url, alt: "原图" }),
    !isShown && h("p", {}, "浏览器打不开这种文件，可以存下来再看。"),
    h(
      "div",
      { class: "row wrap" },
      h("a", { class: isShown ? "btn" : "btn main", href: found.url, target: "_blank", rel: "noopener" }, icon("file"), isShown ? "在新页里看" : "存下来"),
      button("看完了", { class: isShown ? "btn main" : "btn", act: close }),
      h("span", { class: "t2 small" }, `链接到 ${clock(found.until)} 为止`),
    ),
  );
}
