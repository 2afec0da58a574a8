// @ts-check
/** The phone's map: the person's own grids and places from the local copy, drawn by MapLibre, asked for only when shown. */
import { rows } from "./changes.js"
import { h } from "./dom.js"

const SHEET = "/static/vendor/maplibre-gl/maplibre-gl.css"

/** @param {any[]} shapes */
const collection = (shapes) => ({ type: "FeatureCollection", features: shapes })
/** @param {any} geometry @param {any} [properties] */
export const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties })

/** @param {(name: string) => string} colour */
function style(colour) {
  const data = collection([])
  return {
    version: 8,
    sources: { grids: { type: "geojson", data }, walked: { type: "geojson", data } },
    layers: [
      { id: "out", type: "background", paint: { "background-color": colour("map-out") } },
      { id: "land", type: "fill", source: "grids", paint: { "fill-color": colour("map-land") } },
      { id: "halo", type: "line", source: "grids", layout: { "line-join": "round" }, paint: { "line-color": "#fff", "line-width": 5, "line-opacity": 0.7 } },
      { id: "edge", type: "line", source: "grids", paint: { "line-color": colour("map-grid"), "line-width": 2.5, "line-dasharray": [4, 2] } },
      { id: "case", type: "line", source: "walked", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#fff", "line-width": 8 } },
      { id: "walked", type: "line", source: "walked", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("map-track"), "line-width": 5 } },
    ],
  }
}

/**
 * Open a map in `holder`. Resolves once it is drawn; rejects where the browser has no WebGL.
 * @param {HTMLElement} holder @param {{label: string, centre?: {lon: number, lat: number} | null, zoom?: number, padding?: number}} options
 */
export async function openMap(holder, { label, centre, zoom = 16, padding = 24 }) {
  if (!document.querySelector("link[data-map]")) document.head.append(h("link", { rel: "stylesheet", href: SHEET, data: { map: "" } }))
  const { Map, Marker } = await import("maplibre-gl")
  const grids = await rows("grid")
  const stage = h("div", { class: "stage" })
  holder.prepend(stage)
  const look = getComputedStyle(holder)
  const bounds = around(grids)
  const map = new Map({
    container: stage,
    style: /** @type {any} */ (style((name) => look.getPropertyValue(`--${name}`).trim() || "#888")),
    ...(centre || !bounds ? { center: [centre?.lon ?? 114.5, centre?.lat ?? 27.2], zoom } : { bounds, fitBoundsOptions: { padding } }),
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
  if (grids.some((grid) => grid.synthetic)) holder.append(h("div", { class: "synthetic" }, "示意边界（合成）"))
  holder.dataset.ready = "true"
  return {
    map,
    /** Lines between gaps, each for itself. @param {[number, number][][]} pieces */
    walked: (pieces) => source(map, "walked").setData(collection(pieces.filter((line) => line.length > 1).map((line) => feature({ type: "LineString", coordinates: line })))),
    /** @param {HTMLElement} element @param {{lon: number, lat: number}} spot @param {any} [anchor] */
    mark: (element, spot, anchor = "center") => new Marker({ element, anchor }).setLngLat([spot.lon, spot.lat]).addTo(map),
    close: () => map.remove(),
  }
}

/** @param {any} map @param {string} name */
const source = (map, name) => map.getSource(name)

/** @param {any[]} grids @returns {[number, number, number, number] | null} */
function around(grids) {
  if (!grids.length) return null
  const boxes = grids.map((grid) => grid.bbox)
  return [Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])), Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3]))]
}
