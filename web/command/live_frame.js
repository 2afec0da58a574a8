// @ts-check
/** The picture a desk holds: a whole one from the server, then only what is new, put row by row. */

const STALE_MS = 600_000; // a position older than this is shown as old
const SLACK_MS = 2_000; // news drawn a moment before the picture may still tell something it did not know

/**
 * @typedef {{at: string, people: any[], reports: any[], alerts: any[], alarms: any[], [key: string]: any}} Frame
 * @typedef {{at: string, moved: any[][], put: Record<string, any[]>, drop: Record<string, string[]>, set: Record<string, any>}} Delta
 */

/** @returns {Frame} */
export const nothing = () => ({ at: "", people: [], reports: [], alerts: [], alarms: [] });

/** By grid, then by name: the order of the table, and never by what anybody did. @param {any} a @param {any} b */
const inOrder = (a, b) => (a.grid < b.grid ? -1 : a.grid > b.grid ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
/** Newest first. @param {any} a @param {any} b */
const newest = (a, b) => Date.parse(b.received_at) - Date.parse(a.received_at);
const ORDER = { people: inOrder, reports: newest };

export function picture() {
  let frame = nothing();
  let at = 0;

  /** @param {string} name @param {Delta} delta */
  const merge = (name, delta) => {
    const put = delta.put[name] ?? [];
    const gone = new Set(delta.drop[name] ?? []);
    if (!put.length && !gone.size) return;
    const rows = new Map(frame[name].map((/** @type {any} */ row) => [row.id, row]));
    for (const id of gone) rows.delete(id);
    for (const row of put) if (!isOlder(row, rows.get(row.id))) rows.set(row.id, row);
    frame[name] = [...rows.values()].sort(ORDER[/** @type {keyof typeof ORDER} */ (name)]);
  };

  /** @param {any[][]} moved */
  const move = (moved) => {
    if (!moved.length) return;
    const rows = new Map(moved.map(([id, lon, lat, t, course, accuracy_m]) => [id, { lon, lat, t, course, accuracy_m }]));
    frame.people = frame.people.map((row) => {
      const next = rows.get(row.id);
      return next && !isOlder(next, row) ? { ...row, ...next } : row;
    });
  };

  return {
    /** @param {Frame} whole @returns {Frame|null} none if it is older than what is held */
    take(whole) {
      if (Date.parse(whole.at) < at) return null;
      at = Date.parse(whole.at);
      frame = { ...whole, people: [...whole.people].sort(inOrder) };
      return faded(frame);
    },
    /** @param {Delta} delta @returns {Frame|null} none if it is older than what is held */
    add(delta) {
      const drawn = Date.parse(delta.at);
      if (!at || drawn < at - SLACK_MS) return null;
      at = Math.max(at, drawn);
      frame = { ...frame, ...delta.set, at: delta.at };
      merge("people", delta);
      merge("reports", delta);
      move(delta.moved);
      return faded(frame);
    },
  };
}

/** @param {any} next @param {any} held */
function isOlder(next, held) {
  return Boolean(held?.t) && Date.parse(next.t) < Date.parse(held.t);
}

/** @param {Frame} frame */
function faded(frame) {
  const now = Date.parse(frame.at);
  for (const row of frame.people) row.is_stale = now - Date.parse(row.t) > STALE_MS;
  return frame;
}
