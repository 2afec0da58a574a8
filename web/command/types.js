// @ts-check
/**
 * What the command API answers, as far as these pages read it.
 * @typedef {{id: number|string, name: string, role: string, phone: string}} Person
 * @typedef {{code: string, name: string, village: string, village_code: string, households: number, area_m2: number, persons: Person[], has_person: boolean, centre: [number, number], bbox: [number, number, number, number]}} Grid
 * @typedef {{id: string, name: string, grid: string, grid_name: string, lon: number, lat: number, accuracy_m: number|null, course: number|null, t: string, patrol_started_at: string, is_stale: boolean}} Walker
 * @typedef {{sha256: string, url: string, small_url: string}} Photo
 * @typedef {{id: string, kind: string, kind_name: string, icon: string, text: string, is_urgent: boolean, lon: number|null, lat: number|null, accuracy_m: number|null, grid: string, grid_name: string, person: any, occurred_at: string, received_at: string, photos_expected: number, photos: Photo[], flags: any[]}} Report
 * @typedef {{id: string, severity: "normal"|"urgent", title: string, text: string, about: any, made_at: string, people: number, seen: number, unseen: number, unreachable: number}} Alert
 * @typedef {{kind: string, grid: string, grid_name: string, text: string}} Alarm
 * @typedef {{at: string, people: Walker[], reports: Report[], alerts: Alert[], alarms: Alarm[]}} Frame
 */

export {};
