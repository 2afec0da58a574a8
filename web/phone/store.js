// @ts-check
/** The only user of IndexedDB. One record for each thing, never one list under one key. */
import { openDB } from "idb"

const NAME = "xunge-phone"
const VERSION = 1

/** @type {Promise<import("idb").IDBPDatabase> | null} */
let opened = null

/** Open the database once. A newer page in another tab closes this one's connection instead of blocking it. */
export function openStore() {
  opened ??= openDB(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore("meta")
      db.createObjectStore("outbox", { keyPath: "id" })
      db.createObjectStore("rows", { keyPath: ["kind", "id"] })
      db.createObjectStore("photos", { keyPath: "sha256" })
      db.createObjectStore("fixes", { keyPath: "seq", autoIncrement: true })
    },
    blocking(_current, _blocked, event) {
      ;/** @type {IDBDatabase} */ (event.target).close()
      opened = null
    },
    terminated() {
      opened = null
    },
  })
  return opened
}

/** @param {string} store @param {IDBValidKey} key */
export async function get(store, key) {
  return (await openStore()).get(store, key)
}

/** @param {string} store @returns {Promise<any[]>} */
export async function all(store) {
  return (await openStore()).getAll(store)
}

/** Resolves once it is on disk. @param {string} store @param {any} value @param {IDBValidKey} [key] */
export async function put(store, value, key) {
  const transaction = (await openStore()).transaction(store, "readwrite", { durability: "strict" })
  await transaction.store.put(value, key)
  await transaction.done
}

/** @param {string} store @param {IDBValidKey} key */
export async function remove(store, key) {
  await (await openStore()).delete(store, key)
}

/**
 * Several writes that happen together or not at all.
 * @param {string[]} stores
 * @param {(transaction: import("idb").IDBPTransaction<any, any, "readwrite">) => Promise<void>} work
 */
export async function together(stores, work) {
  const transaction = (await openStore()).transaction(stores, "readwrite", { durability: "strict" })
  await work(transaction)
  await transaction.done
}

/** Small facts of this phone, by name. */
export const meta = {
  /** @param {string} key */
  get: (key) => get("meta", key),
  /** @param {string} key @param {any} value */
  set: (key, value) => put("meta", value, key),
}

/** Ask the browser not to clear us away; whether it agreed is shown to the person. */
export async function askToPersist() {
  const granted = (await navigator.storage?.persist?.()) ?? false
  await meta.set("persisted", granted)
  return granted
}
