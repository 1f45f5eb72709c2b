import { expect, it } from "vitest";
import { makeKeySet, parseKeySet, rotateKeySet, serialiseKeySet } from "./key-set.ts";
import { makePrivateJwk } from "./signing-key.ts";

const now = Date.UTC(2030, 0, 1);
const tokensUntil = (milliseconds: number) => ({ now, lastTokenExpiresAt: now + milliseconds });

it("a rotation makes the next key the current one, and the current one a retired one", async () => {
  const before = await makeKeySet();
  const after = await rotateKeySet(before, tokensUntil(600_000));
  expect(after.current).toBe(before.next);
  expect(after.retired.map(({ key }) => key)).toEqual([before.current]);
  expect(after.retired[0]?.expiresAt).toBeGreaterThan(now + 600_000);
  const kids = [after.current, after.next, before.current].map((key) => key?.kid);
  expect(new Set(kids).size).toBe(3);
});

it("a rotation drops retired keys whose tokens have all run out, and no other", async () => {
  const once = await rotateKeySet(await makeKeySet(), tokensUntil(600_000));
  const again = await rotateKeySet(once, tokensUntil(600_000));
  expect(again.retired).toHaveLength(2);
  const later = now + 3_600_000;
  const last = await rotateKeySet(again, { now: later, lastTokenExpiresAt: later });
  expect(last.retired.map(({ key }) => key)).toEqual([again.current]);
});

it("a set survives being written and read", async () => {
  const set = await rotateKeySet(await makeKeySet(), tokensUntil(600_000));
  expect(await parseKeySet(serialiseKeySet(set, now))).toEqual(set);
});

it("of keys listed by hand only the first ever signs", async () => {
  const keys = [await makePrivateJwk(), await makePrivateJwk()];
  const byHand = await parseKeySet(JSON.stringify({ keys }));
  expect([byHand.next, byHand.retired.length]).toEqual([undefined, 1]);
  const rotated = await rotateKeySet(byHand, tokensUntil(0));
  const old = [byHand.current.kid, byHand.retired[0]?.key.kid];
  expect(old).not.toContain(rotated.current.kid);
  expect(rotated.retired.map(({ key }) => key.kid)).toEqual(old);
  expect(rotated.retired.every(({ expiresAt }) => (expiresAt ?? 0) > now)).toBe(true);
});
