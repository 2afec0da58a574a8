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

self.addEventListener("push", (event) => event.waitUntil(ring(event.data)))

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.place ?? "inbox"))
})

/** What a browser lets a page do with a push: show it. A later word about the same alert replaces the first. */
async function ring(data) {
  const said = read(data)
  const { alert, task } = said.data ?? {}
  await self.registration.showNotification(said.title || "巡格有新消息", {
    body: said.text || "打开巡格看一看。",
    tag: said.key || "xunge",
    renotify: Boolean(said.urgent),
    requireInteraction: Boolean(said.urgent),
    lang: "zh-Hans",
    icon: "{{ icon }}",
    data: { place: task ? `task/${encodeURIComponent(task)}` : `inbox/${encodeURIComponent(alert ?? "")}` },
  })
}

function read(data) {
  try {
    return data?.json() ?? {}
  } catch {
    return {}
  }
}

/** The page that is open already, else a new one. */
async function open(place) {
  const address = new URL(`${HOME}#/${place}`, self.location.origin).href
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  const page = pages.find((one) => new URL(one.url).pathname.startsWith(HOME))
  if (!page) return void (await self.clients.openWindow(address))
  page.postMessage({ open: place })
  await page.focus()
}

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
