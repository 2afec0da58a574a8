// @ts-check
/** A border as somebody bends it: few corners to hold, and between two untouched ones every corner the border had. */

/** @typedef {{at: number[], path: number[][], fixed?: boolean}} Knot a corner to hold, and the corners on to the next one */

const MOST = 12;

/**
 * @param {number[][]} line degrees
 * @param {boolean[]} slides of both ends: whether they may move along the outer border
 */
export function bendable(line, slides) {
  const closed = String(line[0]) === String(line.at(-1));
  const held = chosen(line, closed);
  /** @type {Knot[]} */
  const knots = held.map((at, i) => ({ at: line[at], path: line.slice(at + 1, held[i + 1] ?? at + 1) }));
  knots[0].fixed = !slides[0];
  /** @type {Knot} */ (knots.at(-1)).fixed = !slides[1];

  if (knots.length === 2) knots.splice(1, 0, { at: halfway(knots[0].at, knots[1].at), path: [] });

  return {
    knots,
    line: () => knots.flatMap((knot) => [knot.at, ...knot.path]),
    /** @param {number} i @param {number[]} to */
    move(i, to) {
      if (knots[i].fixed) return;
      knots[i].at = to;
      knots[i].path = [];
      if (i) knots[i - 1].path = [];
      const last = knots.length - 1;
      if (closed && (i === 0 || i === last)) {
        knots[last - i].at = to;
        knots[last - 1].path = [];
        knots[0].path = [];
      }
    },
    /** @param {number} i */
    remove(i) {
      if (i === 0 || i === knots.length - 1) return false;
      knots.splice(i, 1);
      knots[i - 1].path = [];
      return true;
    },
    /** A corner to hold at the place of the line nearest to a point; answers its number. @param {number[]} point */
    add(point) {
      const best = { far: Infinity, knot: 0, step: 0, at: point };
      knots.slice(0, -1).forEach((knot, i) => {
        const run = [knot.at, ...knot.path, knots[i + 1].at];
        for (let step = 1; step < run.length; step += 1) {
          const at = nearest(point, run[step - 1], run[step]);
          const far = distance(at, point);
          if (far < best.far) Object.assign(best, { far, knot: i, step, at });
        }
      });
      const before = knots[best.knot];
      const added = { at: best.at, path: before.path.slice(best.step - 1) };
      before.path = before.path.slice(0, best.step - 1);
      knots.splice(best.knot + 1, 0, added);
      return best.knot + 1;
    },
    /** A corner half-way to the next one. @param {number} i */
    halfway(i) {
      const to = knots[Math.min(i + 1, knots.length - 1)];
      const from = to === knots[i] ? knots[i - 1] : knots[i];
      return this.add(halfway(from.at, to.at));
    },
  };
}

/** Corners that tell most of the shape: the ones farthest off, one after the other. @param {number[][]} line @param {boolean} closed */
function chosen(line, closed) {
  const last = line.length - 1;
  const held = closed && last > 2 ? [0, Math.round(last / 2), last] : [0, last];
  const least = length(line) / 60;
  while (held.length < Math.min(MOST, line.length)) {
    const best = { far: least, at: -1 };
    for (let i = 1; i < held.length; i += 1) {
      for (let at = held[i - 1] + 1; at < held[i]; at += 1) {
        const far = distance(nearest(line[at], line[held[i - 1]], line[held[i]]), line[at]);
        if (far > best.far) Object.assign(best, { far, at });
      }
    }
    if (best.at < 0) break;
    held.push(best.at);
    held.sort((one, two) => one - two);
  }
  if (held.length === 2 && last > 1) held.splice(1, 0, Math.floor(last / 2));
  return held;
}

/** @param {number[]} point @param {number[]} from @param {number[]} to @returns {number[]} */
function nearest(point, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = dx * dx + dy * dy;
  const share = long ? Math.max(0, Math.min(1, ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / long)) : 0;
  return [from[0] + share * dx, from[1] + share * dy];
}

/** Near enough for comparing: degrees, longitudes shortened as at 27 degrees north. @param {number[]} one @param {number[]} two */
function distance(one, two) {
  return Math.hypot((one[0] - two[0]) * 0.89, one[1] - two[1]);
}

/** @param {number[]} one @param {number[]} two */
function halfway(one, two) {
  return [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2];
}

/** @param {number[][]} line */
function length(line) {
  return line.slice(1).reduce((sum, at, i) => sum + distance(line[i], at), 0);
}
