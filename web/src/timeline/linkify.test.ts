import { describe, expect, it } from "vitest";
import { linkify } from "./linkify.ts";

const links = (text: string) =>
  linkify(text).flatMap((part) => (part.kind === "link" ? [[part.text, part.href]] : []));

describe("links in a message", () => {
  it.each([
    ["https://example.com", "https://example.com"],
    ["see https://example.com/a?b=c#d now", "https://example.com/a?b=c#d"],
    ["(https://example.com/a)", "https://example.com/a"],
    ["https://en.wikipedia.org/wiki/Seoul_(city)", "https://en.wikipedia.org/wiki/Seoul_(city)"],
    ["Look: https://example.com/a, then", "https://example.com/a"],
    ["https://example.com/a!?", "https://example.com/a"],
    ["https://ko.wikipedia.org/wiki/한국", "https://ko.wikipedia.org/wiki/한국"],
    ["https://naver.com에서 봤어", "https://naver.com"],
    ["여기https://naver.com", "https://naver.com"],
    ["http://localhost:8080/x", "http://localhost:8080/x"],
  ])("%s → %s", (text, address) => {
    expect(links(text)).toEqual([[address, address]]);
  });

  it("give www. addresses a safe scheme", () => {
    expect(links("www.example.com/x")).toEqual([
      ["www.example.com/x", "https://www.example.com/x"],
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://",
    "http://nohost",
    "awww.so cute",
    "3.14 and a.b",
    "https://exa mple",
    "https://bank.example@evil.example/",
    "https://user:password@example.com",
  ])("are not made from %j", (text) => {
    expect(links(text)).toEqual([]);
  });

  it("end where the direction of writing would be turned", () => {
    const turned = "https://evil.example/\u202emoc.elpmaxe.knab//:sptth";
    expect(links(turned)).toEqual([["https://evil.example/", "https://evil.example/"]]);
  });

  it("are found quickly in a text that is made to take long", () => {
    const startedAt = performance.now();
    const address = "https://a.example/";
    expect(links(address + ")".repeat(150_000))).toEqual([[address, address]]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it.each(["<b>x</b> https://a.io <i>", "https://a.io https://b.io", "", "한글 😀"])(
    "leave the text whole: %j",
    (text) => {
      expect(
        linkify(text)
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    },
  );
});
