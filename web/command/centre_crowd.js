// @ts-check
/** Very many people on patrol at once: painted as dots above the map, which is not drawn again for them. Nearer by they are marks. */

const NEAR_PX = 9;
const ROUND = 2 * Math.PI;

/**
 * @param {import("./map/view.js").View} view
 * @param {(row: any) => void} choose
 */
export function crowd(view, choose) {
  const { map, token } = view;
  const canvas = document.createElement("canvas");
  canvas.className = "crowd";
  canvas.setAttribute("aria-hidden", "true"); // the table says the same
  map.getCanvasContainer().append(canvas);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const colours = { people: token("map-people"), land: token("map-land"), out: token("map-out") };
  /** @type {any[]} */
  let rows = [];
  /** @type {Array<[number, number, any]>} */
  let places = [];

  const draw = () => {
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const dense = devicePixelRatio || 1;
    if (canvas.width !== width * dense || canvas.height !== height * dense) {
      canvas.width = width * dense;
      canvas.height = height * dense;
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    places = [];
    if (!rows.length) return;
    const radius = Math.min(5, Math.max(2.5, map.getZoom() - 6));
    pen.lineWidth = 1.2;
    for (const row of rows) {
      const { x, y } = map.project([row.lon, row.lat]);
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      places.push([x, y, row]);
      pen.fillStyle = row.is_stale ? colours.land : colours.people;
      pen.strokeStyle = row.is_stale ? colours.people : colours.out;
      pen.beginPath();
      pen.arc(x, y, radius, 0, ROUND);
      pen.fill();
      pen.stroke();
    }
  };

  map.on("render", () => rows.length && draw()); // as often as the map under it, and together with it
  map.on("click", (/** @type {any} */ event) => {
    const { x, y } = event.point;
    const near = places.find(([left, top]) => Math.hypot(left - x, top - y) < NEAR_PX);
    if (near) choose(near[2]);
  });
  return (/** @type {any[]} */ next) => {
    if (!next.length && !rows.length) return;
    rows = next;
    draw();
  };
}
