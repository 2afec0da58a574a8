// @ts-check
/** A code that makes one phone this person's phone: to scan, to type, and how long it still lives. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy } from "./pane.js";

export function enrolment() {
  let second = 0;
  const holder = h("div", { class: "col gap" });
  const stop = () => clearInterval(second);

  /** @param {any} person */
  const ask = (person) => {
    stop();
    const press = button("给一个登记码", {
      icon: "phone",
      act: () =>
        void busy(press, "正在出码……", async () => show(person, await post(`people/${person.id}/enrolment-code`))),
    });
    fill(holder, h("div", { class: "row wrap" }, press));
  };

  /** @param {any} person @param {any} made */
  const show = (person, made) => {
    const left = h("b", { class: "num" });
    const picture = h("img", {
      class: "qr",
      alt: `${person.name}的登记码`,
      src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(made.qr_svg)}`,
    });
    fill(
      holder,
      h(
        "div",
        { class: "card enrolment" },
        picture,
        h(
          "div",
          { class: "col gap-s grow" },
          h("b", {}, `用${person.name}的手机扫`),
          h("p", { class: "t2" }, "扫不了，就在手机上输这个码："),
          h("div", { class: "figure code" }, made.code),
          h("p", { class: "t2", role: "timer" }, "还能用 ", left, "，只能用一次"),
          h("p", { class: "t2 small" }, icon("lock"), " 别发到群里。谁扫了，那部手机就算他的。"),
        ),
      ),
    );
    const tick = () => {
      const seconds = Math.round((Date.parse(made.expires_at) - Date.now()) / 1000);
      if (seconds > 0) {
        left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
        return;
      }
      ask(person);
      holder.prepend(h("p", { class: "note" }, icon("wait"), "码过期了，可以再给一个。"));
    };
    tick();
    second = setInterval(tick, 1000);
  };

  return {
    stop,
    /** @param {any} person */
    draw(person) {
      if (!holder.querySelector(".enrolment")) ask(person);
      return holder;
    },
  };
}
