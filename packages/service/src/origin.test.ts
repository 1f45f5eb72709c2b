import { describe, expect, it } from "vitest";
import { isAllowedOrigin } from "./origin.ts";

describe("a page's origin", () => {
  it("is not needed by programs that are no browser", () => {
    expect(isAllowedOrigin({ host: "chat.example" }, undefined)).toBe(true);
    expect(isAllowedOrigin({ host: "chat.example" }, ["https://chat.example"])).toBe(true);
  });

  it("must be the asked host, port included, when there is no list", () => {
    expect(
      isAllowedOrigin({ origin: "https://chat.example", host: "chat.example" }, undefined),
    ).toBe(true);
    expect(
      isAllowedOrigin({ origin: "http://localhost:8080", host: "localhost:8080" }, undefined),
    ).toBe(true);
    expect(
      isAllowedOrigin({ origin: "http://localhost:8081", host: "localhost:8080" }, undefined),
    ).toBe(false);
    expect(
      isAllowedOrigin({ origin: "https://evil.example", host: "chat.example" }, undefined),
    ).toBe(false);
    expect(
      isAllowedOrigin({ origin: "https://chat.example.evil", host: "chat.example" }, undefined),
    ).toBe(false);
    expect(isAllowedOrigin({ origin: "https://chat.example" }, undefined)).toBe(false);
  });

  it("must be in the list where there is one, even when it is the asked host", () => {
    const list = ["https://chat.example"];
    expect(isAllowedOrigin({ origin: "https://chat.example", host: "inner:3001" }, list)).toBe(
      true,
    );
    expect(isAllowedOrigin({ origin: "http://chat.example", host: "inner:3001" }, list)).toBe(
      false,
    );
    expect(isAllowedOrigin({ origin: "http://inner:3001", host: "inner:3001" }, list)).toBe(false);
    expect(isAllowedOrigin({ origin: "https://chat.example", host: "chat.example" }, [])).toBe(
      false,
    );
  });

  it("is asked for when the browser says that the page is of another site", () => {
    const host = "chat.example";
    for (const site of ["cross-site", "same-site"]) {
      const asking = { host, "sec-fetch-site": site };
      expect(isAllowedOrigin(asking, undefined), site).toBe(false);
      expect(isAllowedOrigin(asking, ["https://chat.example"]), site).toBe(false);
      const listed = { ...asking, origin: "https://page.example" };
      expect(isAllowedOrigin(listed, ["https://page.example"]), site).toBe(true);
    }
    for (const site of ["same-origin", "none"]) {
      expect(isAllowedOrigin({ host, "sec-fetch-site": site }, undefined), site).toBe(true);
    }
  });

  it("that is opaque or malformed is refused", () => {
    for (const origin of ["null", "", "chat.example", "https://"]) {
      expect(isAllowedOrigin({ origin, host: "chat.example" }, undefined), origin).toBe(false);
    }
  });
});
