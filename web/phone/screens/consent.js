// @ts-check
/** Asked once for each version of the notice: what is recorded, when, how long, and that one may say no. */
import { show } from "../app.js"
import { button, fill, h, note, titled } from "../dom.js"
import { answerConsent, me } from "../session.js"

export async function screen() {
  const known = await me()
  const said = h("div", { role: "alert" })
  /** @param {"given" | "refused"} decision */
  const choose = async (decision) => {
    try {
      await answerConsent(decision)
      await show()
    } catch {
      fill(said, note("warn", "cloud-off", "连不到镇里，还没有记下你的决定。有信号时再点一次。"))
    }
  }
  return {
    head: titled("记不记路线，由你定", known.person.name),
    body: [h("section", { class: "card prose" }, known.notice.text), said],
    foot: [
      h(
        "div",
        { class: "two" },
        button("同意", null, () => choose("given"), { class: "tall" }),
        button("不同意", null, () => choose("refused"), { class: "tall" }),
      ),
      h("p", { class: "under" }, "以后可以在“我的”里改"),
    ],
  }
}
