// @ts-check
/** A long list in pages of the server: how many there are, how many are shown, and a button for more. */

import { button } from "./dom.js";
import { busy } from "./pane.js";

/**
 * @param {(page: number) => Promise<{page: number, pages: number, count: number, items: any[]}>} ask
 * @param {(rows: any[]) => void} draw
 */
export function pages(ask, draw) {
  /** @type {any[]} */
  let rows = [];
  let last = { page: 0, pages: 0, count: 0 };

  /** @param {number} page */
  const read = async (page) => {
    const answer = await ask(page);
    last = answer;
    rows = page === 1 ? answer.items : [...rows, ...answer.items];
    draw(rows);
    return rows;
  };

  return {
    first: () => read(1),
    /** What stands under the list. @param {string} unit */
    foot(unit) {
      if (last.page >= last.pages) return `共 ${last.count} ${unit}`;
      const more = button("再列一些", {
        class: "btn quiet slim",
        act: () => void busy(more, "正在读……", async () => void (await read(last.page + 1))),
      });
      return [`先列 ${rows.length} ${unit}，共 ${last.count} ${unit} `, more];
    },
  };
}
