/* The shell of 巡格 on this phone, version {{ version }}. It never touches /api/ and nothing but GET. */
const NAME = "xunge-{{ version }}"
const HOME = "{{ home }}"
const SHELL = {{ shell|safe }}
const MAP = {{ map|safe }}
const LOOSE = { ignoreSearch: true, ignoreVary: true }

self.addEventListener("install", (event) => event.waitUntil(fill(SHELL)))

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => self.clients.claim()))
  void fill(MAP).catch(() => {})
})

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting()
})

self.addEventListener("fetch", (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== "GET" || url.origin !== self.location.origin) return
  if (request.mode === "navigate") {
    if (url.pathname.startsWith(HOME)) event.respondWith(answer(HOME))
  } else if (SHELL.includes(url.pathname) || MAP.includes(url.pathname)) event.respondWith(answer(request))
})

async function fill(urls) {
  const cache = await caches.open(NAME)
  await cache.addAll(urls.map((url) => new Request(url, { cache: "reload" })))
}

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith("xunge-") && name !== NAME) await caches.delete(name)
}

async function answer(request) {
  const cache = await caches.open(NAME)
  const kept = await cache.match(request, LOOSE)
  if (kept) return kept
  const fresh = await fetch(request)
  if (fresh.ok && !fresh.redirected) await cache.put(request, fresh.clone())
  return fresh
}
