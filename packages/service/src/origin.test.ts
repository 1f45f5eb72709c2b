import { describe, expect, it } from "vitest";
import { isAllowedOrigin } from "./origin.ts";

describe("a page's origin", () => {
  it("is not needed by programs that are no browser", () => {
    expect(isAllowedOrigin(undefined, "chat.example", undefined)).toBe(true);
    expect(isAllowedOrigin(undefined, "chat.example", ["https://chat.example"])).toBe(true);
  });

  it("must be the asked host, port included, when there is no list", () => {
    expect(isAllowedOrigin("https://chat.example", "chat.example", undefined)).toBe(true);
    expect(isAllowedOrigin("http://localhost:8080", "localhost:8080", undefined)).toBe(true);
    expect(isAllowedOrigin("http://localhost:8081", "localhost:8080", undefined)).toBe(false);
    expect(isAllowedOrigin("https://evil.example", "chat.example", undefined)).toBe(false);
    expect(isAllowedOrigin("https://chat.example.evil", "chat.example", undefined)).toBe(false);
    expect(isAllowedOrigin("https://chat.example", undefined, undefined)).toBe(false);
  });

  it("must be in the list where there is one, even when it is the asked host", () => {
    const list = ["https://chat.example"];
    expect(isAllowedOrigin("https://chat.example", "inner:3001", list)).toBe(true);
    expect(isAllowedOrigin("http://chat.example", "inner:3001", list)).toBe(false);
    expect(isAllowedOrigin("http://inner:3001", "inner:3001", list)).toBe(false);
    expect(isAllowedOrigin("https://chat.example", "chat.example", [])).toBe(false);
  });

  it("that is opaque or malformed is refused", () => {
    for (const origin of ["null", "", "chat.example", "https://"]) {
      expect(isAllowedOrigin(origin, "chat.example", undefined), origin).toBe(false);
    }
  });
});
