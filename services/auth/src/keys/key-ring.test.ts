import { createLogger } from "@moim/service";
import { expect, it } from "vitest";
import { KeyRing } from "./key-ring.ts";
import { type KeySet, makeKeySet, rotateKeySet } from "./key-set.ts";
import { makeSigningKey } from "./signing-key.ts";

const logger = createLogger({ service: "auth" }, "silent");

async function ring(set: KeySet) {
  const clock = { now: 1_000_000 };
  const source = { set, reads: 0 };
  const read = async () => {
    source.reads++;
    return source.set;
  };
  return { clock, source, keys: await KeyRing.open(read, logger, () => clock.now) };
}

it("finds its own keys only", async () => {
  const set = await makeKeySet();
  const { keys } = await ring(set);
  expect(keys.current).toBe(set.current);
  expect(await keys.find(set.next?.kid)).toBe(set.next);
  for (const kid of ["other", "__proto__", undefined, 0]) {
    expect(await keys.find(kid)).toBeUndefined();
  }
});

it("derives other keys per key and purpose", async () => {
  const { keys } = await ring(await makeKeySet());
  const derived = [...keys.deriveKeys("one"), ...keys.deriveKeys("two")];
  expect(new Set(derived.map((key) => key.toString("hex"))).size).toBe(4);
  expect(keys.deriveKeys("one")).toEqual(derived.slice(0, 2));
});

it("looks for a key that it does not know, but not for each forged one", async () => {
  const { keys, source, clock } = await ring(await makeKeySet());
  const added = await makeSigningKey();
  source.set = { ...source.set, current: added };
  expect(await keys.find(added.kid)).toBe(added);
  await Promise.all(Array.from({ length: 100 }, (_, i) => keys.find(`forged ${i}`)));
  expect(source.reads).toBe(2);
  clock.now += 2_000;
  await Promise.all(Array.from({ length: 100 }, (_, i) => keys.find(`forged ${i}`)));
  expect(source.reads).toBe(3);
});

it("takes no token of a retired key once the last one has run out", async () => {
  const before = await makeKeySet();
  const after = await rotateKeySet(before, { now: 1_000_000, lastTokenExpiresAt: 2_000_000 });
  const { keys, clock } = await ring(after);
  expect(keys.publicJwks().keys.map(({ kid }) => kid)).toEqual([
    ...[after.current.kid, after.next?.kid, before.current.kid],
  ]);
  clock.now = after.retired[0]?.expiresAt ?? 0;
  expect(await keys.find(before.current.kid)).toBeUndefined();
  expect(keys.publicJwks().keys).toHaveLength(2);
});

it("stays as it is while its source makes no sense", async () => {
  const set = await makeKeySet();
  const { keys, source } = await ring(set);
  source.set = {} as KeySet;
  await keys.reload();
  expect(keys.current).toBe(set.current);
  expect(keys.publicJwks().keys).toHaveLength(2);
});
