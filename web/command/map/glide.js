// @ts-check
/** Moves marks straight from one fix to the next, in the time that lay between them. One timer for all of them. */

const STRAIGHT_ON_S = 120; // a longer silence is a gap: the mark is put, not moved, across it
const LONGEST_S = 30;
const STEP_MS = 100; // a walk is a few pixels a second at most: more often shows nothing more

export function glider() {
  /** @type {Map<any, {from: [number, number], to: [number, number], start: number, ms: number}>} */
  const moving = new Map();
  let timer = 0;

  const step = () => {
    const now = performance.now();
    for (const [marker, way] of moving) {
      const share = Math.min(1, (now - way.start) / way.ms);
      marker.setLngLat([
        way.from[0] + (way.to[0] - way.from[0]) * share,
        way.from[1] + (way.to[1] - way.from[1]) * share,
      ]);
      if (share >= 1) moving.delete(marker);
    }
    timer = moving.size ? window.setTimeout(step, STEP_MS) : 0;
  };

  return {
    /** @param {any} marker @param {any} from the fix before @param {any} to */
    move(marker, from, to) {
      const silence = (Date.parse(to.t) - Date.parse(from.t)) / 1000;
      if (!(silence > 0 && silence <= STRAIGHT_ON_S) || matchMedia("(prefers-reduced-motion: reduce)").matches) {
        moving.delete(marker);
        marker.setLngLat([to.lon, to.lat]);
        return;
      }
      const { lng, lat } = marker.getLngLat();
      const ms = Math.min(silence, LONGEST_S) * 1000;
      moving.set(marker, { from: [lng, lat], to: [to.lon, to.lat], start: performance.now(), ms });
      if (!timer) timer = window.setTimeout(step, STEP_MS);
    },
    /** @param {any} marker */
    drop: (marker) => moving.delete(marker),
  };
}
