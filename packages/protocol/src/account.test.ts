import { describe, expect, it } from "vitest";
import { avatarUrl, email, nickname, personName, userSearchQuery } from "./account.ts";

describe("an address", () => {
  it.each([
    "a@b.co\r\nBcc: victim@example.org",
    "a@b.co\nSubject: x",
    "a@b.co, victim@example.org",
    "a@b.co;victim@example.org",
    "Name <a@b.co>",
    '"a b"@b.co',
    "a@b.co\0",
    "a@b@c.co",
    "ä@example.org",
    "a@еxample.org",
    "a@\u202eexample.org",
    `${"a".repeat(250)}@b.co`,
  ])("that would be more than one to a mail server is refused: %j", (text) => {
    expect(email.safeParse(text).success).toBe(false);
  });

  it.each(["A@Example.ORG", " a@example.org\r\n", "\u0041@example.org"])(
    "is one, however it is written: %j",
    (text) => expect(email.parse(text)).toBe("a@example.org"),
  );

  it("with a letter that only becomes ASCII in lower case is the address in ASCII", () => {
    expect(email.parse("\u212aim@example.org")).toBe("kim@example.org");
  });
});

describe("a nickname", () => {
  it.each([
    "аdmin",
    "ａdmin",
    "adm\u0131n",
    "ad\u200bmin",
    "admin\u202e",
    "관\u115f리자",
    "<b>x</b>",
    "a b c",
  ])("in letters that look like others, or like none, is refused: %j", (text) =>
    expect(nickname.safeParse(text).success).toBe(false),
  );
});

describe("a text that is normalised", () => {
  /** Each pair stands in the wrong order: putting them right takes the square of their number. */
  const marks = `a${"\u0315\u0300".repeat(60_000)}`;

  it.each([
    ["nickname", () => nickname.safeParse(marks)],
    ["name", () => personName.safeParse(marks)],
    ["query", () => userSearchQuery.safeParse({ query: marks })],
  ])("is so only when it is short: %s", (_field, check) => {
    const startedAt = performance.now();
    expect(check().success).toBe(false);
    // Normalised, it takes five times as long on a quick machine.
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it("may be Hangul in single letters, as long as its syllables are few enough", () => {
    const letters = "한글이름이다".normalize("NFD");
    expect(nickname.parse(letters.repeat(2))).toBe("한글이름이다".repeat(2));
    expect(nickname.safeParse(`${letters.repeat(2)}가`).success).toBe(false);
  });
});

describe("the address of a picture", () => {
  it.each([
    "http://example.org/a.png",
    "javascript:alert(1)",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "//example.org/a.png",
    "https://user:password@example.org/",
    "https://example.org/a\r\nX: y",
    "https:\\\\example.org",
    "/api/users/me",
  ])("leads elsewhere only by https: %j", (text) => {
    expect(avatarUrl.safeParse(text).success).toBe(false);
  });
});
