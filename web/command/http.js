// @ts-check
/** The command API: JSON in and out, problems as errors that can be read aloud. */

const ROOT = "/api/command/";

/** What the server (or the network) says went wrong, in words for a person. */
export class Problem extends Error {
  /** @param {{title?: string, detail?: string, status?: number, type?: string, place?: number[], fields?: {where: string, what: string}[]}} body */
  constructor(body) {
    super(body.detail || body.title || "没办成。请再试一次。");
    this.status = body.status ?? 0;
    this.type = body.type ?? "";
    this.place = body.place ?? undefined;
    /** @type {{where: string, what: string}[]} */
    this.fields = body.fields ?? [];
  }
}

/** @param {string} path @param {Record<string, any>} [query] */
export function get(path, query = {}) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const tail = search.size ? `?${search}` : "";
  return ask(`${ROOT}${path}${tail}`, { method: "GET" });
}

/** @param {string} path @param {any} [body] */
export function post(path, body = {}) {
  return ask(ROOT + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("xunge_csrf") },
    body: JSON.stringify(body),
  });
}

/** A form with a file in it. @param {string} path @param {FormData} form */
export function send(path, form) {
  return ask(ROOT + path, { method: "POST", headers: { "X-CSRFToken": cookie("xunge_csrf") }, body: form });
}

/** @param {string} url @param {RequestInit} init @returns {Promise<any>} */
async function ask(url, init) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw new Problem({ detail: "连不上镇里的机器。已经显示的还能看，网通了会自己更新。" });
  }
  if (response.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
    throw new Problem({ status: 401, detail: "登录过期了，请重新登录。" });
  }
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson && response.status !== 204 ? await response.json() : null;
  if (!response.ok)
    throw new Problem(
      body?.detail ? body : { status: response.status, detail: "镇里的机器没答上来。请再试一次。" },
    );
  return body;
}

/** @param {string} name */
function cookie(name) {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : "";
}
