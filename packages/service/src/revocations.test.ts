import { describe, expect, it } from "vitest";
import { decodeRevocation, encodeRevocation } from "./revocations.ts";

const revocation = {
  sessionId: "0197a4c0-0000-7000-8000-000000000001",
  userId: "0197a4c0-0000-7000-8000-000000000002",
  expiresAt: 1_800_000_000_000,
};

describe("a revocation on its channel", () => {
  it("arrives as it was sent, with the time at which it was", () => {
    const sent = encodeRevocation(revocation, 1_799_999_999_000);
    expect(decodeRevocation(sent)).toEqual({ ...revocation, revokedAt: 1_799_999_999_000 });
  });

  it("of an older version lacks that time", () => {
    expect(decodeRevocation(JSON.stringify(revocation))).toEqual(revocation);
  });

  it("keeps its meaning when a newer version adds fields", () => {
    const text = JSON.stringify({ ...revocation, reason: "later" });
    expect(decodeRevocation(text)).toEqual(revocation);
  });

  it.each([
    "",
    "null",
    "[]",
    "{",
    "{}",
    JSON.stringify({ ...revocation, sessionId: "x" }),
    JSON.stringify({ ...revocation, userId: undefined }),
    JSON.stringify({ ...revocation, expiresAt: "soon" }),
    JSON.stringify({ ...revocation, expiresAt: null }),
  ])("that is none is left alone: %j", (text) => {
    expect(decodeRevocation(text)).toBeUndefined();
  });
});
