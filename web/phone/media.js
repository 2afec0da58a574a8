// @ts-check
/** Photos: made smaller, kept on disk, sent piece by piece by the core of tus, let go when the server has all of them. */
import { Offline, Refused, send } from "./api.js"
import { sha256 } from "./canonical.js"
import { withWitness } from "./exif.js"
import { SET_ASIDE } from "./outbox.js"
import { all, get, put, remove, together } from "./store.js"

const LONGEST_SIDE = 2000
const QUALITY = 0.82
const PIECE = 256 * 1024
const TUS = { "Tus-Resumable": "1.0.0" }
const ROOM_FOR_ONE = 800_000
const GIVEN_UP_MS = 24 * 3600_000

/** @typedef {{sha256: string, type: string, blob: Blob, made_at: number, location?: string, refused?: string}} Photo */

export const mediaChanges = new EventTarget()
const changed = () => mediaChanges.dispatchEvent(new Event("changed"))

/** Keep a picture. What cannot be made smaller (a format this browser does not draw) is kept as it is. @param {Blob} original */
export async function addPhoto(original) {
  const blob = await smaller(original)
  const name = await sha256(await blob.arrayBuffer())
  await put("photos", { ...((await get("photos", name)) ?? { sha256: name, type: blob.type || "image/jpeg", blob }), made_at: Date.now() })
  changed()
  return { sha256: name, size: blob.size }
}

/** @param {Blob} original */
async function smaller(original) {
  try {
    const picture = await createImageBitmap(original)
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height))
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale))
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    return await withWitness(original, await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }))
  } catch {
    return original
  }
}

/** A link to show a kept photo by; null when it has gone to the township. @param {string} name */
export async function photoUrl(name) {
  const photo = await get("photos", name)
  return photo ? URL.createObjectURL(photo.blob) : null
}

/**
 * What has to go up: photos of things the person has handed in. One that was only taken stays here.
 * @returns {Promise<Photo[]>} oldest first
 */
export async function queue() {
  const wanted = new Set((await all("outbox")).flatMap((one) => (one.code === SET_ASIDE ? [] : (one.body.photos ?? []))))
  const photos = (await all("photos")).filter((photo) => !photo.refused && wanted.has(photo.sha256))
  return photos.sort((a, b) => a.made_at - b.made_at)
}

/**
 * Photos taken and then given up: no report or answer names them, no draft holds them, a day has gone by. What the township
 * refused stays until the person has said what to do with it.
 */
export async function sweepPhotos(at = Date.now()) {
  let gone = 0
  await together(["photos", "outbox", "meta"], async (transaction) => {
    const kept = new Set((await transaction.objectStore("outbox").getAll()).flatMap((one) => one.body.photos ?? []))
    for (const name of (await transaction.objectStore("meta").get("draft"))?.photos ?? []) kept.add(name)
    for (const photo of await transaction.objectStore("photos").getAll()) {
      if (kept.has(photo.sha256) || photo.refused || photo.made_at > at - GIVEN_UP_MS) continue
      await transaction.objectStore("photos").delete(photo.sha256)
      gone += 1
    }
  })
  if (gone) changed()
  return gone
}

/** How many more photos fit, or null if the browser does not say. */
export async function roomForPhotos() {
  const room = await navigator.storage?.estimate?.()
  return room?.quota ? Math.floor((room.quota - (room.usage ?? 0)) / ROOM_FOR_ONE) : null
}

/** Send every kept photo, each from where the server has it. Throws `Offline` when the way is gone. */
export async function uploadPhotos() {
  for (const photo of await queue()) {
    try {
      await upload(photo)
      await remove("photos", photo.sha256)
    } catch (problem) {
      if (problem instanceof Offline) throw problem
      if (!(problem instanceof Refused) || problem.status === 401) throw problem
      if (problem.problem.retry === "after" || problem.status === 404) continue // begun anew with the next round
      await put("photos", { ...photo, refused: problem.message })
    }
    changed()
  }
}

/** @param {Photo} photo */
async function upload(photo) {
  const metadata = `sha256 ${btoa(photo.sha256)},type ${btoa(photo.type)}`
  const begun = await send("media/", {
    method: "POST",
    raw: "",
    headers: { ...TUS, "Upload-Length": String(photo.blob.size), "Upload-Metadata": metadata },
  })
  const said = begun.headers.get("Location")
  if (!said) throw new Offline("portal")
  const location = new URL(said, window.location.href).pathname // behind a proxy the server may not know its own name
  let offset = Number(begun.headers.get("Upload-Offset") ?? 0)
  while (offset < photo.blob.size) {
    const answer = await send(location, {
      method: "PATCH",
      raw: photo.blob.slice(offset, offset + PIECE),
      headers: { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
    })
    const next = Number(answer.headers.get("Upload-Offset"))
    if (!(next > offset)) throw new Offline("portal")
    offset = next
  }
}

/** Photos the township did not take, with its words. */
export async function refusedPhotos() {
  return (await all("photos")).filter((photo) => photo.refused)
}

/** @param {string} name */
export async function dropPhoto(name) {
  await remove("photos", name)
  changed()
}

