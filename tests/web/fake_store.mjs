// The interface of web/phone/store.js on maps, copying like a database does.
const KEYS = { outbox: "id", photos: "sha256" }
export const tables = { meta: new Map(), outbox: new Map(), rows: new Map(), photos: new Map(), fixes: new Map() }
let seq = 0

const copy = (value) => (value?.blob ? { ...value } : structuredClone(value))
const keyOf = (store, value, key) => {
  if (store === "rows") return JSON.stringify([value.kind, value.id])
  if (store === "fixes") return (value.seq ??= ++seq)
  return key ?? value[KEYS[store]]
}
const asked = (store, key) => (store === "rows" ? JSON.stringify(key) : key)

export const openStore = async () => {}
export const get = async (store, key) => copy(tables[store].get(asked(store, key)))
export const all = async (store) => [...tables[store].values()].map(copy)
export const put = async (store, value, key) => void tables[store].set(keyOf(store, value, key), copy(value))
export const remove = async (store, key) => void tables[store].delete(asked(store, key))

export async function together(stores, work) {
  const before = stores.map((name) => [name, new Map(tables[name])])
  const transaction = {
    objectStore: (name) => ({
      get: (key) => get(name, key),
      getAll: () => all(name),
      put: (value, key) => put(name, value, key),
      delete: (key) => remove(name, key),
      clear: async () => tables[name].clear(),
    }),
  }
  try {
    await work(transaction)
  } catch (problem) {
    for (const [name, rows] of before) tables[name] = rows
    throw problem
  }
}

export const meta = { get: (key) => get("meta", key), set: (key, value) => put("meta", value, key) }
export const askToPersist = async () => true
export const empty = () => Object.values(tables).forEach((table) => table.clear())
