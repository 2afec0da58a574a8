// @ts-check
/** Fewer names rather than smaller ones: where two would lie on each other, the one to go to next stays. */

/** @param {any} map @param {HTMLElement} holder whose `.pin .name` are looked at whenever the map has come to rest */
export function thinLabels(map, holder) {
  const thin = () => {
    const taken = [...holder.querySelectorAll(".pin .sign")].map((sign) => ({ pin: sign.closest(".pin"), box: sign.getBoundingClientRect() }))
    const names = [...holder.querySelectorAll(".pin .name")].sort((a, b) => weight(b) - weight(a))
    for (const name of names) {
      const pin = name.closest(".pin")
      const box = name.getBoundingClientRect()
      const is_free = pin?.classList.contains("to") || !taken.some((other) => other.pin !== pin && overlap(box, other.box))
      name.classList.toggle("thinned", !is_free)
      if (is_free) taken.push({ pin, box })
    }
  }
  map.on("idle", thin)
  map.on("moveend", thin)
}

/** @param {Element} name */
function weight(name) {
  const pin = name.closest(".pin")
  return (pin?.classList.contains("to") ? 2 : 0) + (pin?.classList.contains("done") ? 0 : 1)
}

/** @param {DOMRect} a @param {DOMRect} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
