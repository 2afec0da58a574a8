// @ts-check
/** The first screen of a new phone: the code from the administrator, scanned as an address or typed. */
import { Offline, Refused } from "../api.js"
import { show } from "../app.js"
import { fill, h, icon, note, titled } from "../dom.js"
import { enrol } from "../session.js"

/** A code that came with the address (the QR of the administrator's page): `#code=` or `?code=`. */
function given() {
  const after = new URLSearchParams(location.hash.replace(/^#/, ""))
  return after.get("code") ?? new URLSearchParams(location.search).get("code") ?? ""
}

export async function screen() {
  const field = h("input", {
    type: "text",
    name: "code",
    value: given(),
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    maxlength: "24",
    required: true,
    "aria-label": "登记码",
  })
  const press = h("button", { class: "btn main wide tall" }, icon("ok"), h("span", {}, "登记这部手机"))
  const answer = h("div", { role: "alert" })
  const form = h(
    "form",
    {
      class: "card col code",
      id: "enrol",
      on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void send()) },
    },
    h("h2", { class: "item" }, "登记码"),
    h("p", { class: "t2" }, "向管理员要一个码，10 分钟内有效，只能用一次。"),
    field,
  )
  async function send() {
    press.disabled = true
    fill(press, "正在登记……")
    try {
      await enrol(field.value.replace(/[\s-]/g, "").toUpperCase())
      history.replaceState(null, "", "/phone/#/today")
      await show()
    } catch (problem) {
      fill(answer, note("warn", "warn", wordsFor(problem)))
    } finally {
      press.disabled = false
      fill(press, icon("ok"), h("span", {}, "登记这部手机"))
    }
  }
  press.type = "submit"
  press.setAttribute("form", "enrol")
  return {
    head: titled("巡格", "先登记这部手机"),
    body: [form, answer, note("main", "shield", "登记以后，没有网络也能用。只在“巡查中”记路线。")],
    foot: press,
  }
}

/** @param {any} problem */
function wordsFor(problem) {
  if (problem instanceof Offline) return "连不到镇里，登记要有网络。码还没用掉，换个有信号的地方再点一次。"
  if (problem instanceof Refused && problem.status === 404) return "这个码不对，或者用过了、过期了。请找管理员再要一个。"
  if (problem instanceof Refused) return problem.message
  throw problem
}
