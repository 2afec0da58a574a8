// The same vectors as tests/backend/phone/test_canonical.py: both sides must hash the same bytes.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { bodyHash, canonical } from "../../web/phone/canonical.js"

const vectors = JSON.parse(readFileSync(new URL("./canonical_vectors.json", import.meta.url), "utf-8"))

for (const { name, body, text, sha256 } of vectors) {
  test(`the phone and the server hash the same bytes: ${name}`, async () => {
    assert.equal(canonical(body), text)
    assert.equal(await bodyHash(body), sha256)
  })
}

test("a number that is not an integer is refused before it is kept", () => {
  assert.throws(() => canonical({ lon: 114.5 }), /integers only/)
})

test("what is undefined is not there", () => {
  assert.equal(canonical({ a: undefined, b: 1 }), '{"b":1}')
})
