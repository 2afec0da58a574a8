// @ts-check
/** What the camera said of time and place, carried over into the smaller picture; everything else it wrote stays behind. */

const HEAD_BYTES = 256 * 1024
const EXIF_IFD = 0x8769
const GPS_IFD = 0x8825
const TIMES = [0x9003, 0x9011] // when it was taken, and by which zone
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8] // bytes of a value by its type
const LONG = 4

/** @typedef {{tag: number, type: number, count: number, bytes: Uint8Array}} Entry */

/** The smaller picture with the camera's time and place, if it had any. @param {Blob} original @param {Blob} small */
export async function withWitness(original, small) {
  try {
    const tiff = tiffOf(new Uint8Array(await original.slice(0, HEAD_BYTES).arrayBuffer()))
    const segment = tiff && segmentOf(tiff)
    if (!segment) return small
    const bytes = new Uint8Array(await small.arrayBuffer())
    return new Blob([bytes.subarray(0, 2), segment, bytes.subarray(2)], { type: small.type })
  } catch {
    return small // a second witness is worth no photo
  }
}

/** The EXIF of a JPEG. @param {Uint8Array} jpeg */
function tiffOf(jpeg) {
  const view = new DataView(jpeg.buffer)
  if (view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 10 < jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; at += 2 + view.getUint16(at + 2)) {
    if (jpeg[at + 1] === 0xe1 && view.getUint32(at + 4) === 0x45786966) return jpeg.slice(at + 10, at + 2 + view.getUint16(at + 2))
  }
  return null
}

/** A segment that holds the time, the place and nothing else, in the byte order it came in. @param {Uint8Array} tiff */
function segmentOf(tiff) {
  const view = new DataView(tiff.buffer)
  const little = view.getUint16(0) === 0x4949
  const roots = entries(tiff, view.getUint32(4, little), little)
  /** @param {number} tag */
  const below = (tag) => {
    const root = roots.find((one) => one.tag === tag)
    return root ? entries(tiff, new DataView(root.bytes.buffer).getUint32(0, little), little) : []
  }
  const [times, places] = [below(EXIF_IFD).filter((one) => TIMES.includes(one.tag)), below(GPS_IFD)]
  if (!times.length && !places.length) return null
  const [first, second] = [8 + 2 + 2 * 12 + 4, 8 + 2 + 2 * 12 + 4 + sizeOf(times)]
  const body = new Uint8Array(second + sizeOf(places))
  const out = new DataView(body.buffer)
  body.set(tiff.subarray(0, 4))
  out.setUint32(4, 8, little)
  const pointers = [[EXIF_IFD, first], [GPS_IFD, second]].map(([tag, place]) => {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, place, little)
    return { tag, type: LONG, count: 1, bytes }
  }) // prettier-ignore
  write(out, 8, pointers, little)
  write(out, first, times, little)
  write(out, second, places, little)
  const segment = new Uint8Array(10 + body.length)
  segment.set([0xff, 0xe1, (body.length + 8) >> 8, (body.length + 8) & 0xff, 0x45, 0x78, 0x69, 0x66, 0, 0])
  segment.set(body, 10)
  return body.length < 4096 ? segment : null
}

/** @param {Uint8Array} tiff @param {number} at @param {boolean} little @returns {Entry[]} */
function entries(tiff, at, little) {
  const view = new DataView(tiff.buffer)
  return Array.from({ length: view.getUint16(at, little) }, (_, i) => {
    const from = at + 2 + i * 12
    const [tag, type, count] = [view.getUint16(from, little), view.getUint16(from + 2, little), view.getUint32(from + 4, little)]
    const size = (SIZES[type] ?? 0) * count
    const place = size > 4 ? view.getUint32(from + 8, little) : from + 8
    return { tag, type, count, bytes: tiff.slice(place, place + Math.max(size, 4)) }
  })
}

/** @param {Entry[]} list */
const sizeOf = (list) => 2 + list.length * 12 + 4 + list.reduce((sum, one) => sum + (one.bytes.length > 4 ? even(one.bytes.length) : 0), 0)

/** @param {number} n */
const even = (n) => n + (n % 2)

/** @param {DataView} out @param {number} at @param {Entry[]} list @param {boolean} little */
function write(out, at, list, little) {
  out.setUint16(at, list.length, little)
  let free = at + 2 + list.length * 12 + 4
  const body = new Uint8Array(out.buffer)
  list.forEach(({ tag, type, count, bytes }, i) => {
    const from = at + 2 + i * 12
    out.setUint16(from, tag, little)
    out.setUint16(from + 2, type, little)
    out.setUint32(from + 4, count, little)
    if (bytes.length <= 4) return body.set(bytes, from + 8)
    out.setUint32(from + 8, free, little)
    body.set(bytes, free)
    free += even(bytes.length)
  })
}
