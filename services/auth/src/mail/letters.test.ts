import { describe, expect, it } from "vitest";
import type { Language } from "./language.ts";
import { type Letter, writeLetter } from "./letters.ts";

const TOKEN = "t-0_k".padEnd(43, "n");
const LETTERS: Letter[] = [
  { kind: "verification-code", code: "012345" },
  { kind: "already-signed-up" },
  { kind: "password-reset", token: TOKEN },
  { kind: "password-changed" },
  { kind: "session-stolen" },
];
const all = LETTERS.flatMap((letter) =>
  (["ko", "en"] as const).map((language): [string, Language, Letter] => [
    letter.kind,
    language,
    letter,
  ]),
);

const write = (letter: Letter, language: Language, publicUrl = "https://chat.example.org") =>
  writeLetter("reader@example.org", letter, language, publicUrl);

describe.each(all)("%s in %s", (_kind, language, letter) => {
  const { subject, text, html } = write(letter, language);

  it("says the same as text and as HTML, in one language", () => {
    const hangul = /[가-힣]/;
    for (const part of [subject, text, html]) expect(hangul.test(part)).toBe(language === "ko");
    expect(html).toContain(`<html lang="${language}">`);
    for (const paragraph of text.trim().split("\n\n")) expect(html).toContain(paragraph);
  });

  it("loads nothing from anywhere", () => {
    expect(html).not.toMatch(/<(img|link|script|style|iframe|object)|url\(|src=/i);
  });

  it("leads nowhere but to the app", () => {
    const links = [...`${text} ${html}`.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link);
    for (const link of links) expect(link).toMatch(/^https:\/\/chat\.example\.org\//);
  });

  it("has no six digits but those of its code", () => {
    const codes = new Set(`${subject} ${text} ${html}`.match(/\d{6,}/g) ?? []);
    expect([...codes]).toEqual(letter.kind === "verification-code" ? ["012345"] : []);
  });
});

it("the link of a reset is whole, whatever PUBLIC_URL ends with", () => {
  const letter: Letter = { kind: "password-reset", token: TOKEN };
  for (const publicUrl of ["https://example.org/chat", "https://example.org/chat/"]) {
    const { text, html } = write(letter, "en", publicUrl);
    expect(text).toContain(`\n\nhttps://example.org/chat/reset-password/${TOKEN}\n\n`);
    expect(html).toContain(`href="https://example.org/chat/reset-password/${TOKEN}"`);
  }
});

it("what comes from outside cannot become markup", () => {
  const { html } = write({ kind: "verification-code", code: '<b a="&">' }, "en");
  expect(html).toContain("&lt;b a=&quot;&amp;&quot;&gt;");
  expect(html).not.toContain("<b a");
});
