// @ts-check
/** Correcting a place: by a place of the list, or by the middle of the map. Nothing has to be dragged. */
import { rows } from "./changes.js"
import { placeWords } from "./arrival.js"
import { button, fill, glyph, h, icon, titled } from "./dom.js"
import { distance_m, distanceWord } from "./geo.js"
import { openMap } from "./ground.js"
import { placeIcon } from "./words.js"

/**
 * A whole screen.
 * @param {{start: {lon: number, lat: number} | null, chosen: (place: import("./draft.js").Where) => any, back: () => any}} options
 */
export async function chooser({ start, chosen, back }) {
  const places = (await rows("key_place"))
    .map((place) => ({ ...place, m: start ? distance_m(start, place) : 0 }))
    .sort((a, b) => a.m - b.m)
  const holder = h("div", { class: "map picking" }, cross())
  /** @type {Awaited<ReturnType<typeof openMap>> | null} */
  let open = null
  let gone = false
  openMap(holder, { label: "移动地图，让十字对准地方", centre: start }).then(
    (view) => (gone ? view.close() : (open = view)),
    () => fill(holder, h("p", { class: "empty" }, "地图没打开。请在下面的地点表里选一个")),
  )
  const take = async () => {
    if (!open) return
    const { lng: lon, lat } = open.map.getCenter()
    chosen({ lon, lat, acc: 0, source: "map", words: await placeWords({ lon, lat }) })
  }
  return {
    head: titled("改位置", "移动地图，或者在表里选一个"),
    body: [
      holder,
      places.length > 0 && h("h2", { class: "t2" }, "地点表"),
      h(
        "ul",
        { class: "list" },
        places.map((place) =>
          h(
            "li",
            {},
            glyph(placeIcon(place.kind)),
            h(
              "div",
              { class: "grow tight" },
              h("b", {}, place.name),
              start && h("div", { class: "t2" }, distanceWord(place.m)),
            ),
            button("选它", null, () =>
              chosen({
                lon: place.lon,
                lat: place.lat,
                acc: place.radius_m,
                source: "place",
                key_place: place.id,
                words: place.name,
              }),
            ),
          ),
        ),
      ),
    ],
    foot: [
      button("就是十字这里", "ok", take, { class: "main wide tall" }),
      button("不改了", null, back, { class: "wide thin" }),
    ],
    kind: "close",
    leave: () => {
      gone = true
      open?.close()
    },
  }
}

function cross() {
  const mark = icon("x")
  mark.setAttribute("class", "i cross")
  return mark
}
