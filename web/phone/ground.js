// @ts-check
/** The phone's map: the person's own grids and places from the local copy, drawn by MapLibre, asked for only when shown. */
import { rows } from "./changes.js"
import { h } from "./dom.js"
import { style } from "./ground_style.js"
import { groundOf } from "./terrain.js"

const CLOSE = 15.9
const EDGE = { top: 84, bottom: 60, left: 64, right: 64 }
const WORKER = "/phone/map-worker.js" // under /phone/, where the service worker answers without a network
const SHEET = "/static/vendor/maplibre-gl/maplibre-gl.css"

/** @param {any[]} shapes */
const collection = (shapes) => ({ type: "FeatureCollection", features: shapes })
/** @param {any} geometry @param {any} [properties] */
export const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties })

const LAYERS = ["lines", "cover", "houses"]

/**
 * Open a map in `holder`. Resolves once it is drawn; rejects where the browser has no WebGL.
 * @param {HTMLElement} holder @param {{label: string, centre?: {lon: number, lat: number} | null, spots?: {lon: number, lat: number}[]}} options `spots`: what to have in view
 */
export async function openMap(holder, { label, centre, spots = [] }) {
  if (!document.querySelector("link[data-map]"))
    document.head.append(h("link", { rel: "stylesheet", href: SHEET, data: { map: "" } }))
  const { Map, Marker, setWorkerUrl } = await import("maplibre-gl")
  setWorkerUrl(WORKER)
  const grids = await rows("grid")
  const stage = h("div", { class: "stage" })
  holder.prepend(stage)
  const look = getComputedStyle(holder)
  const bounds =
    spots.length > 1 ? boxOf(spots.map(({ lon, lat }) => [lon, lat, lon, lat])) : boxOf(grids.map((grid) => grid.bbox))
  const map = new Map({
    container: stage,
    style: /** @type {any} */ (style((name) => look.getPropertyValue(`--${name}`).trim() || "#888")),
    ...(centre || !bounds
      ? { center: [centre?.lon ?? 0, centre?.lat ?? 0], zoom: centre ? CLOSE : 1 }
      : { bounds, fitBoundsOptions: { padding: EDGE, maxZoom: CLOSE } }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    maxZoom: 19,
  })
  map.touchZoomRotate.disableRotation()
  map.getCanvas().setAttribute("role", "img")
  map.getCanvas().setAttribute("aria-label", label)
  await new Promise((done) => map.once("load", done))
  source(map, "grids").setData(collection(grids.map((grid) => feature(grid.outline, { code: grid.code }))))
  void Promise.all(grids.map((grid) => groundOf(grid.code))).then((grounds) => {
    if (!holder.isConnected) return
    for (const name of LAYERS) source(map, name)?.setData(collection(grounds.flatMap((ground) => ground?.[name] ?? [])))
  })
  const said = [grids.some((grid) => grid.synthetic) && "合成示意边界", grids.some((grid) => grid.unofficial) && "村界是草案，非官方"]
  if (said.some(Boolean)) holder.append(h("div", { class: "synthetic" }, said.filter(Boolean).join("；")))
  holder.dataset.ready = "true"
  return {
    map,
    /** Lines between gaps, each for itself. @param {[number, number][][]} pieces */
    walked: (pieces) =>
      source(map, "walked").setData(
        collection(pieces.filter((line) => line.length > 1).map((line) => feature({ type: "LineString", coordinates: line }))),
      ),
    /** @param {HTMLElement} element @param {{lon: number, lat: number}} spot @param {any} [anchor] */
    mark: (element, spot, anchor = "center") => new Marker({ element, anchor }).setLngLat([spot.lon, spot.lat]).addTo(map),
    close: () => map.remove(),
  }
}

/** @param {any} map @param {string} name */
const source = (map, name) => map.getSource(name)

/** @param {number[][]} boxes @returns {[number, number, number, number] | null} */
function boxOf(boxes) {
  if (!boxes.length) return null
  /** @param {(...values: number[]) => number} pick @param {number} edge */
  const side = (pick, edge) => pick(...boxes.map((box) => box[edge]))
  return [side(Math.min, 0), side(Math.min, 1), side(Math.max, 2), side(Math.max, 3)]
}
