// @ts-check
/** The service worker keeps the app itself on the phone; a new version takes over when the app is opened, never in the middle. */

/** A notification was tapped while the page is open: the worker says where to go. @param {(place: string) => void} go */
export function hearTaps(go) {
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (typeof event.data?.open === "string") go(event.data.open)
  })
}

/** Register, and let a version that waits since the last time take over now. */
export async function keepShell() {
  if (!("serviceWorker" in navigator)) return
  try {
    const registration = await navigator.serviceWorker.register("/phone/sw.js", { scope: "/phone/", updateViaCache: "none" })
    if (registration?.waiting && navigator.serviceWorker.controller) {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true })
      registration.waiting.postMessage("take over")
    }
  } catch (problem) {
    console.warn("the app is not kept for offline use", problem)
  }
}
