// A store in memory, a browser without a screen and a township that answers by the protocol: what the phone's modules need to run in node.
import { createHash } from "node:crypto"
import { setMaxListeners } from "node:events"
import { registerHooks } from "node:module"
import { gunzipSync } from "node:zlib"

registerHooks({
  resolve(specifier, context, next) {
    const wanted = specifier.endsWith("/store.js") ? new URL("./fake_store.mjs", import.meta.url).href : specifier
    return next(wanted, context)
  },
})

const timers = []
const page = Object.assign(new EventTarget(), { visibilityState: "visible" })
setMaxListeners(0, page) // each tab of a test listens
const screen = Object.assign(new EventTarget(), {
  setTimeout: (act, ms) => timers.push({ act, ms }),
  clearTimeout() {},
  setInterval: () => 0,
  clearInterval() {},
  location: { href: "https://town.test/phone/" },
})

/** Positions come when the test says so. */
export const sky = {
  told: null,
  watchPosition(told) {
    sky.told = told
    return 1
  },
  clearWatch() {
    sky.told = null
  },
  getCurrentPosition(_told, failed) {
    failed({ code: 2 })
  },
}

export const browser = { page, screen, timers, navigator: { onLine: true, geolocation: sky, userAgent: "(Linux; HLTE216)" } }
globalThis.window = screen
globalThis.document = page
Object.defineProperty(globalThis, "navigator", { value: browser.navigator, configurable: true })

/** Sorted keys, no spaces: written anew here, so that a slip in the phone's own form shows. */
function bytesOf(value) {
  if (Array.isArray(value)) return `[${value.map(bytesOf).join(",")}]`
  if (value && typeof value === "object") return `{${Object.keys(value).sort().map((k) => `${JSON.stringify(k)}:${bytesOf(value[k])}`).join(",")}}`
  return JSON.stringify(value)
}

const json = (body, status = 200, kind = "application/json") => new Response(JSON.stringify(body), { status, headers: { "Content-Type": kind } })

export function problem(status, slug, { retry = "never", detail = "不行。" } = {}) {
  return json({ type: `/problems/${slug}`, title: slug, status, detail, retry, blame: "client", en: "" }, status, "application/problem+json")
}

/** Remembers every request; `sync`, `changes` and `upload` may be replaced by a test. */
export class Township {
  calls = []
  items = new Map()
  photos = new Map()
  person = { id: "p-1", name: "刘桂花" }

  constructor() {
    globalThis.fetch = (url, options) => this.answer(new URL(url, "https://town.test").pathname, options)
  }

  async answer(path, { method, body, headers }) {
    this.calls.push(`${method} ${path}`)
    if (path.endsWith("/sync")) return this.sync(await this.read(body, headers))
    if (path.endsWith("/changes")) return this.changes(JSON.parse(body))
    if (path.endsWith("/enrol")) return json({ token: `t-${this.person.id}`, device: "d", person: this.person, notice_version: "1" })
    if (path.endsWith("/me")) return json({ person: this.person, consent: "given", notice: { version: "1", text: "" } })
    if (path.includes("/media/")) return this.upload(path, method, body, headers)
    return problem(404, "not_found")
  }

  async read(body, headers) {
    const zipped = headers["Content-Encoding"] === "gzip"
    const bytes = Buffer.from(await new Response(body).arrayBuffer())
    this.last_was_zipped = zipped
    return JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString())
  }

  sync({ items }) {
    return json({ outcomes: items.map((one) => this.outcome(one)) })
  }

  outcome({ id, body }, { status = "stored", code = "ok", text = "已存。" } = {}) {
    this.items.set(id, body)
    const sha256 = createHash("sha256").update(bytesOf(body)).digest("hex")
    return { id, status, code, text, retry: "never", receipt: { id, sha256, received_at: 1, signature: "s" } }
  }

  changes() {
    return new Response(null, { status: 304 })
  }

  async upload(path, method, body, headers) {
    if (method === "POST") {
      const name = Buffer.from(/sha256 (\S+?),/.exec(headers["Upload-Metadata"])[1], "base64").toString()
      const there = this.photos.get(name) ?? Buffer.alloc(0)
      this.photos.set(name, there)
      return new Response(null, {
        status: 201,
        headers: { Location: `http://inner.test/api/phone/media/uploads/${name}`, "Upload-Offset": String(there.length) },
      })
    }
    const name = path.split("/").at(-1)
    const there = this.photos.get(name)
    if (Number(headers["Upload-Offset"]) !== there.length) return problem(409, "upload_offset_wrong", { retry: "after" })
    this.photos.set(name, Buffer.concat([there, Buffer.from(await new Response(body).arrayBuffer())]))
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(this.photos.get(name).length) } })
  }
}

export { json }
