// @ts-check
/**
 * What stands on the division page: the village, the plan on the left, the one on the right, their maps.
 * Whoever changes a draft (tools on the map) says `stage.show(plan)`; whoever must know when it changes, `stage.watch(act)`.
 */

/** @typedef {{map: any, put: (grids: any) => void}} PlanMap */

export const stage = {
  /** @type {any} */
  village: null,
  /** @type {any} */
  layers: null,
  /** @type {any} the plan in force, if any */
  inForce: null,
  /** @type {any} what the draft is held against: the plan in force, another draft, an older plan */
  left: null,
  /** @type {any} the draft that is looked at, or an older plan */
  right: null,
  /** @type {{left: PlanMap|null, right: PlanMap|null}} */
  maps: { left: null, right: null },
  /** @type {any[]} every plan of the village, the newest first */
  rows: [],
  /** @type {Array<() => void>} */
  watchers: [],

  /** Call when what stands here has changed. @param {() => void} act */
  watch(act) {
    stage.watchers.push(act);
  },

  /** The draft as it is now, whole. @param {any} plan */
  show(plan) {
    stage.right = plan;
    const at = stage.rows.findIndex((row) => row.id === plan?.id);
    if (plan && at < 0) stage.rows.unshift(plan);
    stage.changed();
  },

  changed() {
    for (const act of stage.watchers) act();
  },

  /** Whether the right side is a draft that may be changed by hand. */
  get isEditable() {
    return stage.right?.state === "draft";
  },
};
