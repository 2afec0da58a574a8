// @ts-check
/** Changing a draft by hand: move a border or a house, split a grid, merge two, take the last step back. Every step is looked at before it is kept. */

import { editCard, gridName } from "./edit_card.js";
import { handles } from "./edit_handles.js";
import { bendable } from "./edit_line.js";
import { across, after, splittable } from "./edit_split.js";
import { NOTHING, drawTools, layers } from "./edit_tools.js";
import { get, post } from "./http.js";
import { holds } from "./plan_changes.js";

const PICK_PX = 8;

/**
 * @param {{tools: HTMLElement, holder: HTMLElement, reload: () => Promise<void>}} page
 *   where the buttons go, the draft's map, and how the page reads the draft anew
 */
export function planEditor({ tools, holder, reload }) {
  /** @type {"border"|"house"|"split"|"merge"|""} */
  let mode = "";
  /** @type {any} */
  let plan = null;
  /** @type {any} */
  let known = null;
  /** @type {any} */
  let view = null;
  /** @type {any} */
  let buildings = null;
  /** @type {any} */
  let wanted = null; // the step as it would be sent
  /** @type {any} */
  let bent = null;
  /** @type {any} */
  let grips = null;
  let asked = 0;
  const card = editCard(holder);

  /** @param {string} id @param {any} data */
  const put = (id, data) => view.map.getSource(id).setData(data);
  const feature = (/** @type {string} */ type, /** @type {any} */ coordinates, properties = {}) => ({
    type: "Feature",
    properties,
    geometry: { type, coordinates },
  });

  const paint = () => {
    const lines = (mode === "border" && !bent) || mode === "merge" ? known.borders : [];
    put("edit-borders", {
      ...NOTHING,
      features: lines.map((/** @type {any} */ one) => feature("LineString", one.line, { id: one.id })),
    });
    put("edit-line", bent ? feature("LineString", bent.line()) : NOTHING);
    put("edit-house", mode === "house" && wanted?.shape ? { ...feature("", []), geometry: wanted.shape } : NOTHING);
  };

  const mark = (/** @type {number[]|undefined} */ place) =>
    put("edit-place", place ? feature("Point", place) : NOTHING);

  /** Back to the draft as it is kept. */
  const leave = () => {
    wanted = bent = null;
    asked += 1;
    grips?.clear();
    mark(undefined);
    view.put(plan.grids);
    paint();
    offer();
  };

  const borders = () =>
    known.borders.map((/** @type {any} */ one) => ({
      id: one.id,
      words: `${gridName(one.first)}和${gridName(one.second)}`,
      more: `${one.length_m} 米`,
    }));

  const offer = () => {
    if (mode === "border") card.choose("移哪一条边界", "点地图上的边界，或者在这里选。", borders(), bend);
    else if (mode === "merge")
      card.choose("合并哪两个网格", "点它们之间的边界，或者在这里选。留下户数多的那个编码。", borders(), join);
    else if (mode === "split")
      card.choose("拆开哪个网格", "点地图上的网格，或者在这里选。大的一块留着编码。", splittable(plan.grids), cut);
    else if (mode === "house") card.hint("移哪一栋房屋", "点地图上的房屋，再选它去哪个网格。", () => choose(""));
    else card.hide();
  };

  /** The card keeps off what one works on. @param {number[][]} line */
  const aside = (line) => {
    const middle = line.reduce((sum, at) => sum + view.map.project(at).x, 0) / line.length;
    card.element.classList.toggle("at-right", middle < view.map.getContainer().clientWidth / 2);
  };

  /** @param {string} id */
  const bend = (id) => {
    const border = known.borders.find((/** @type {any} */ one) => one.id === id);
    if (!border) return;
    bent = bendable(border.line, border.slides);
    wanted = { kind: "move_border", border: id };
    aside(border.line);
    grips.hold(bent);
    paint();
    card.hint("拖动顶点", "点线上加一个顶点；选中顶点按 Delete 去掉。拖完先看会变什么。", leave);
  };

  /** @param {string} id of a border */
  const join = (id) => {
    wanted = { kind: "merge_grids", border: id };
    void preview();
  };

  /** @param {string} code */
  const cut = (code) => {
    const grid = plan.grids.features.find((/** @type {any} */ one) => one.properties.code === code);
    bent = bendable(across(grid.geometry), [true, true]);
    wanted = { kind: "split_grid", grid: code };
    aside(bent.line());
    grips.hold(bent);
    paint();
    void preview();
  };

  const preview = async () => {
    const mine = (asked += 1);
    if (bent) wanted.line = bent.line();
    const { shape: _, ...body } = wanted;
    try {
      const step = await post(`plans/${plan.id}/edits/preview`, body);
      if (mine !== asked) return;
      mark(undefined);
      view.put(after(plan.grids, step));
      card.step(step, { keep: () => keep(body), leave });
    } catch (error) {
      if (mine === asked) refuse(error);
    }
  };

  const refuse = (/** @type {any} */ error) => {
    view.put(plan.grids);
    mark(error.place);
    const meanwhile = error.type === "/problems/edited_meanwhile";
    card.refused(error, { leave, look: meanwhile ? () => void again() : undefined });
  };

  /** Somebody else was first: read what they did; the line one has drawn stays. */
  const again = async () => {
    await refresh();
    view.put(plan.grids);
    if (wanted) await preview();
  };

  /** @param {any} body */
  const keep = async (body) => {
    try {
      known = await post(`plans/${plan.id}/edits`, { ...body, head: known.head });
    } catch (error) {
      refuse(error);
      return;
    }
    await refresh();
    leave();
  };

  const refresh = async () => {
    await reload();
    known = await get(`plans/${plan.id}/edits`);
    draw();
  };

  const undo = async () => {
    known = await post(`plans/${plan.id}/edits/undo`, { head: known.head });
    await refresh();
    leave();
  };

  /** @param {"border"|"house"|"split"|"merge"|""} next */
  const choose = (next) => {
    mode = next;
    draw();
    leave();
  };

  const draw = () => drawTools(tools, { known, mode, choose, undo });

  /** @param {any} event of the map */
  const click = (event) => {
    const { x, y } = event.point;
    const at = [event.lngLat.lng, event.lngLat.lat];
    const box = [
      [x - PICK_PX, y - PICK_PX],
      [x + PICK_PX, y + PICK_PX],
    ];
    if (bent) {
      if (view.map.queryRenderedFeatures(box, { layers: ["edit-line"] }).length) grips.add(at);
    } else if (mode === "border" || mode === "merge") {
      const [hit] = view.map.queryRenderedFeatures(box, { layers: ["edit-borders"] });
      if (hit) (mode === "merge" ? join : bend)(hit.properties.id);
    } else if (mode === "split") {
      const grid = plan.grids.features.find((/** @type {any} */ one) => holds(one.geometry, at[0], at[1]));
      if (grid) cut(grid.properties.code);
    } else if (mode === "house") pick(at);
  };

  /** @param {number[]} at */
  const pick = (at) => {
    const house = buildings.features.find((/** @type {any} */ one) => holds(one.geometry, at[0], at[1]));
    if (!house) return;
    const own = plan.grids.features.find((/** @type {any} */ one) => holds(one.geometry, at[0], at[1]))?.properties.code;
    const beside = known.borders.flatMap((/** @type {any} */ one) =>
      one.first === own ? [one.second] : one.second === own ? [one.first] : [],
    );
    wanted = { kind: "move_building", house: at, to: "", shape: house.geometry };
    aside([at]);
    view.put(plan.grids);
    paint();
    card.choose(
      `这栋房屋在${gridName(own ?? "")}，${house.properties.households ?? 0} 户`,
      "移到哪个网格？只能移到挨着的。",
      [...new Set(beside)].sort().map((code) => ({ id: code, words: gridName(code) })),
      (code) => {
        wanted.to = code;
        void preview();
      },
    );
  };

  return {
    /** A draft on its map, or none. @param {any} nextPlan @param {any} nextView of `planMap` @param {any} houses */
    async show(nextPlan, nextView, houses) {
      if (nextView !== view) {
        view = nextView;
        holder.append(card.element);
        layers(view, click);
        grips = handles(view.map, view.Marker, { changed: (isDone) => (paint(), isDone && void preview()) });
      }
      const same = plan?.id === nextPlan?.id;
      [plan, buildings] = [nextPlan, houses];
      if (same) return;
      [mode, known] = ["", plan?.state === "draft" ? await get(`plans/${plan.id}/edits`) : null];
      draw();
      if (plan) leave();
      else card.hide();
    },
  };
}
