import { describe, expect, it } from "vitest";
import {
  hashRefreshToken,
  isRefreshToken,
  makeRefreshToken,
  openSuccessor,
  sealSuccessor,
} from "./refresh-token.ts";

describe("refresh tokens", () => {
  it("carry 256 random bits in a form of their own", () => {
    const token = makeRefreshToken();
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(isRefreshToken(token)).toBe(true);
    expect(makeRefreshToken()).not.toBe(token);
    expect(isRefreshToken("eyJhbGciOiJFZERTQSJ9.e30.c2ln")).toBe(false);
  });

  it("are stored as a hash that does not contain them", () => {
    const token = makeRefreshToken();
    expect(hashRefreshToken(token)).toHaveLength(32);
    expect(hashRefreshToken(token).equals(Buffer.from(token, "base64url"))).toBe(false);
  });
});

describe("a sealed successor", () => {
  const token = makeRefreshToken();
  const successor = makeRefreshToken();

  it("opens with the token that it was sealed with", () => {
    expect(openSuccessor(token, sealSuccessor(token, successor))).toBe(successor);
  });

  it("does not contain the successor", () => {
    const sealed = sealSuccessor(token, successor);
    expect(sealed.includes(Buffer.from(successor))).toBe(false);
    expect(sealed.includes(Buffer.from(successor, "base64url"))).toBe(false);
  });

  it("does not open with another token, its own hash, or after a change", () => {
    const sealed = sealSuccessor(token, successor);
    expect(() => openSuccessor(makeRefreshToken(), sealed)).toThrow();
    expect(() => openSuccessor(hashRefreshToken(token).toString("base64url"), sealed)).toThrow();
    const changed = Buffer.from(sealed);
    changed.writeUInt8((sealed.at(-1) ?? 0) ^ 1, sealed.length - 1);
    expect(() => openSuccessor(token, changed)).toThrow();
  });
});
