// @ts-check
/** One way to the server. What does not answer in our shape — a captive portal, a proxy's page — is no network. */
import { meta } from "./store.js"

const ROOT = "/api/phone/"
const PATIENCE_MS = 60_000

/** There is no way to the township just now. `kind` is "offline", "portal" or "busy". */
export class Offline extends Error {
  /** @param {"offline" | "portal" | "busy"} kind @param {number} [after_s] */
  constructor(kind, after_s) {
    super(kind)
    this.kind = kind
    this.after_s = after_s ?? 0
  }
}

/** The server said no, in words. */
export class Refused extends Error {
  /** @param {number} status @param {{type: string, detail: string, retry: string}} problem */
  constructor(status, problem) {
    super(problem.detail)
    this.status = status
    this.problem = problem
  }
}

/**
 * @param {string} path below /api/phone/, or a whole path
 * @param {{method?: string, body?: any, raw?: BodyInit, headers?: Record<string, string>}} [options]
 * @returns {Promise<Response>} a success of ours
 */
export async function send(path, { method, body, raw, headers } = {}) {
  const token = await meta.get("token")
  /** @type {Record<string, string>} */
  const all = { Accept: "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers }
  if (body !== undefined) all["Content-Type"] = "application/json"
  let answer
  try {
    answer = await fetch(path.startsWith("/") || path.startsWith("http") ? path : ROOT + path, {
      method: method ?? (body === undefined && raw === undefined ? "GET" : "POST"),
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      headers: all,
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch {
    throw new Offline("offline")
  }
  if (answer.ok || answer.status === 304) return answer
  const kind = answer.headers.get("Content-Type") ?? ""
  if (kind.startsWith("application/problem+json")) {
    const problem = await answer.json().catch(() => null)
    if (answer.status >= 500 || problem === null) throw new Offline("busy", Number(answer.headers.get("Retry-After")) || 60)
    throw new Refused(answer.status, problem)
  }
  throw new Offline(answer.status >= 500 ? "busy" : "portal", 60)
}

/** The answer as JSON. @param {string} path @param {Parameters<typeof send>[1]} [options] @returns {Promise<any>} */
export async function call(path, options) {
  const answer = await send(path, options)
  if (answer.status === 304 || answer.status === 204) return null
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Offline("portal", 600)
  try {
    return await answer.json()
  } catch {
    throw new Offline("portal", 600)
  }
}

/** Gzip where the browser can; small bodies go as they are. @param {string} text @returns {Promise<{raw: BodyInit, headers: Record<string, string>}>} */
export async function squeezed(text) {
  const headers = { "Content-Type": "application/json" }
  if (typeof CompressionStream === "undefined" || text.length < 1000) return { raw: text, headers }
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))
  return { raw: await new Response(stream).blob(), headers: { ...headers, "Content-Encoding": "gzip" } }
}
