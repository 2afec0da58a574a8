// @ts-check
/** What one visit at one object settles: every line's tasks there, each item asked once. */

/**
 * @typedef {{task: any, one: any, answer: any}} Entry an item of a task, with what was said to it
 * @typedef {{kind: string, key: string, name: string, line?: [number, number][]}} Target
 */

const DAY = 86_400_000

/** Rows from before the object was told. @param {any} task @returns {Target} */
export const objectOf = (task) =>
  task.object ?? { kind: task.place ? "key_place" : "grid", key: task.place ?? task.grid, name: task.grid_name ?? task.title }

/** Orders about a grid, a case to look at say, are visits of their own. @param {any} task */
const keyOf = (task) => {
  const object = objectOf(task)
  return task.source !== "rule" && object.kind === "grid" ? task.id : object.key
}

/** @param {string} reference */
const codeOf = (reference) => reference.slice(0, reference.lastIndexOf("@"))

/**
 * Visits due now, or missed and still called for; and those whose time comes later.
 * @param {any[]} tasks @param {any[]} answers bodies kept on this phone, oldest first @param {Map<string, any>} places @param {number} now
 */
export function visitsOf(tasks, answers, places, now) {
  const said = judge(tasks, answers)
  /** @type {Map<string, any[]>} */
  const groups = new Map()
  for (const task of tasks) groups.set(keyOf(task), [...(groups.get(keyOf(task)) ?? []), task])
  const due = []
  const later = []
  for (const group of groups.values()) {
    const [here, ahead] = [group.filter((task) => task.from <= now), group.filter((task) => task.from > now)]
    const visit = here.length ? merge(here, said, now) : null
    if (visit?.items.length) due.push({ ...visit, ...described(group, places), times: times(group, said, now) })
    if (ahead.length && !visit?.left) later.push(comingUp(ahead, said, places, now))
  }
  return { due, later: later.sort((a, b) => a.from - b.from) }
}

/** The answer to each item of each task: one's own to it; by rule any to the same item at the object inside the window, as the township settles. @param {any[]} tasks @param {any[]} answers */
function judge(tasks, answers) {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const own = new Map(answers.map((body) => [`${body.task} ${body.item}`, body]))
  const there = new Map()
  for (const body of answers) {
    const task = byId.get(body.task)
    const key = task && `${objectOf(task).key} ${codeOf(body.item)}`
    if (key) there.set(key, [...(there.get(key) ?? []), body])
  }
  /** @param {any} task @param {any} one */
  return (task, one) => {
    const mine = own.get(`${task.id} ${one.item}`) ?? (one.result ? { result: one.result } : null)
    if (mine || task.source !== "rule") return mine
    const near = (there.get(`${objectOf(task).key} ${codeOf(one.item)}`) ?? []).filter((/** @type {any} */ body) => body.at >= task.from && body.at < task.to)
    return near.at(-1) ?? (one.is_settled ? { result: null } : null)
  }
}

/** @param {any[]} tasks @param {(task: any, one: any) => any} said @param {number} now */
function merge(tasks, said, now) {
  /** @type {Map<string, Entry[]>} */
  const asked = new Map()
  for (const task of tasks)
    for (const one of task.items) {
      const answer = said(task, one)
      if (task.source === "rule" && task.to <= now && answer) continue // done, and over
      asked.set(codeOf(one.item), [...(asked.get(codeOf(one.item)) ?? []), { task, one, answer }])
    }
  const items = [...asked.values()].map((entries) => once(entries, now))
  const open = items.filter((item) => !item.answer)
  const first = (open.length ? open : items).map((item) => item.to)
  return { id: tasks[0].id, tasks, items, left: open.length, minutes: open.reduce((sum, item) => sum + item.minutes, 0), from: 0, to: Math.min(...first) }
}

/** One item, however many tasks it stands in: every order gets the answer, else the one window that counts. @param {Entry[]} entries @param {number} now */
function once(entries, now) {
  const orders = entries.filter(({ task }) => task.source !== "rule")
  const counted = orders.length ? orders : [theOne(entries, now)]
  const { task, one } = counted[0]
  return {
    ...one,
    targets: counted.map((entry) => ({ task: entry.task.id, item: entry.one.item })),
    answer: counted.every((entry) => entry.answer) ? counted[0].answer : null,
    to: Math.min(...counted.map((entry) => entry.task.to)),
    is_missed: task.to <= now,
  }
}

/** The window that runs and ends first, open before done; if none runs, the one that ended last. @param {Entry[]} entries @param {number} now */
function theOne(entries, now) {
  const running = entries.filter(({ task }) => task.to > now).sort((a, b) => a.task.to - b.task.to)
  return running.find((entry) => !entry.answer) ?? running[0] ?? entries.sort((a, b) => b.task.to - a.task.to)[0]
}

/** The first of what is still ahead at an object. @param {any[]} ahead @param {(task: any, one: any) => any} said @param {Map<string, any>} places @param {number} now */
function comingUp(ahead, said, places, now) {
  const from = Math.min(...ahead.map((task) => task.from))
  const first = ahead.filter((task) => task.from === from)
  return { ...merge(first, said, now), ...described(first, places), times: null, from }
}

/** An order about a grid has a title; everything else is called as what is visited. @param {any} task */
export const nameOf = (task) => (keyOf(task) === task.id ? task.title : objectOf(task).name)

/** Name, place and grounds of a visit. @param {any[]} tasks @param {Map<string, any>} places */
function described(tasks, places) {
  const [task] = tasks
  const object = objectOf(task)
  const place_row = places.get(task.place) ?? (object.line ? wayside(object, object.line) : null)
  const grounds = [...new Set(tasks.map((one) => one.ground).filter(Boolean))]
  return { object, place: place_row?.id ?? null, place_row, name: place_row?.name ?? nameOf(task), grounds }
}

/** A route as a place: its middle, and the line to measure by. @param {Target} object @param {[number, number][]} line */
function wayside({ key, name }, line) {
  const [lon, lat] = line[Math.floor(line.length / 2)]
  return { id: key, name, kind: "route", lon, lat, radius_m: 50, line }
}

/** How often a thing is to be looked at today, if more than once. @param {any[]} tasks @param {(task: any, one: any) => any} said @param {number} now */
function times(tasks, said, now) {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const today = tasks.filter((task) => task.source === "rule" && task.from >= midnight && task.to <= midnight + DAY)
  /** @type {Map<string, {all: number, done: number}>} */
  const counts = new Map()
  for (const task of today)
    for (const one of task.items) {
      const count = counts.get(codeOf(one.item)) ?? { all: 0, done: 0 }
      counts.set(codeOf(one.item), { all: count.all + 1, done: count.done + (said(task, one) ? 1 : 0) })
    }
  const [most] = [...counts.values()].sort((a, b) => b.all - a.all)
  return most && most.all > 1 ? most : null
}
