// @ts-check
/** Photos of a case, small, each opening its large copy. */

import { h } from "./dom.js";

/** @param {any[]} photos @param {string} word what they show, for those who hear the page */
export function photoLinks(photos, word) {
  if (!photos?.length) return null;
  return h(
    "div",
    { class: "photos" },
    photos.map((photo, i) =>
      h(
        "a",
        { class: "photo", href: photo.url, target: "_blank", rel: "noopener" },
        h("img", { src: photo.small_url, alt: `${word}，第 ${i + 1} 张，点开看大图`, loading: "lazy" }),
      ),
    ),
  );
}
