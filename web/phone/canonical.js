// @ts-check
/** The bytes a receipt speaks of: UTF-8, keys sorted, no spaces, integers and strings only. */

/** @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined)
    keys.sort(byCodePoint)
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError(`bodies carry integers only, not ${value}`)
  }
  return JSON.stringify(value)
}

/** The server sorts by code points, JavaScript by UTF-16 units: they differ beyond the basic plane. @param {string} a @param {string} b */
function byCodePoint(a, b) {
  const left = Array.from(a, (sign) => sign.codePointAt(0) ?? 0)
  const right = Array.from(b, (sign) => sign.codePointAt(0) ?? 0)
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i]
  return left.length - right.length
}

/** @param {BufferSource} bytes @returns {Promise<string>} lower-case hex */
export async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** @param {any} body */
export function bodyHash(body) {
  return sha256(new TextEncoder().encode(canonical(body)))
}
