import { expect, it } from "vitest";
import { KeyRing } from "./key-ring.ts";
import { makePrivateJwk, toSigningKey } from "./signing-key.ts";

it("a key is named by its RFC 7638 thumbprint (the example of RFC 8037)", async () => {
  const key = await toSigningKey({
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  });
  expect(key.kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  expect(key.publicJwk).not.toHaveProperty("d");
});

it("a key ring finds its own keys only, and derives other keys per key and purpose", async () => {
  const keys = await Promise.all(
    [makePrivateJwk(), makePrivateJwk()].map(async (jwk) => toSigningKey(await jwk)),
  );
  const ring = new KeyRing(keys);
  expect(ring.current).toBe(keys[0]);
  expect(ring.find(keys[1]?.kid)).toBe(keys[1]);
  for (const kid of ["other", "__proto__", undefined, 0]) expect(ring.find(kid)).toBeUndefined();
  const derived = [...ring.deriveKeys("one"), ...ring.deriveKeys("two")];
  expect(new Set(derived.map((key) => key.toString("hex"))).size).toBe(4);
  expect(ring.deriveKeys("one")).toEqual(derived.slice(0, 2));
});
