import { nestedList, nestedObject, pathsWithin, replacedAt } from "@moim/local";
import fc from "fast-check";

/** What no field expects, by name; each has broken some service somewhere. */
const HOSTILE: Record<string, unknown> = {
  null: null,
  true: true,
  zero: 0,
  "minus zero": -0,
  negative: -1,
  fraction: 1.5,
  "over 32 bits": 2 ** 31,
  "the largest safe integer": Number.MAX_SAFE_INTEGER,
  "an unsafe integer": 2 ** 53,
  "over 64 bits": 2 ** 64,
  "the largest number": 1e308,
  "empty text": "",
  "blank text": " \u200b\u3164",
  NUL: "a\0b",
  "lone surrogate": "\ud800",
  "lone low surrogate in the middle": "a\udc00b",
  "combining marks": `e${"\u0301".repeat(500)}`,
  "marks in the wrong order": `a${"\u0315\u0300".repeat(10_000)}`,
  "right to left": "\u202emoc.elpmaxe//:sptth\u202c",
  "byte order mark": "\ufefftext",
  "Hangul in single letters": "\u1112\u1161\u11ab\u1100\u1173\u11af",
  "Kelvin sign": "\u212a@example.org",
  family: "👩‍👩‍👧‍👦".repeat(40),
  "long text": "x".repeat(20_000),
  "long Hangul": "한".repeat(4_001),
  SQL: "'; DROP TABLE chat.rooms; --",
  "LIKE pattern": "%_\\%",
  path: "../../../../etc/passwd",
  "another header": "a\r\nBcc: victim@example.org",
  markup: "<img src=x onerror=alert(1)>",
  template: "{{7*7}}<%= 7*7 %>%s%n",
  "empty list": [],
  "nested list": nestedList(2_000),
  "long list": Array.from({ length: 5_000 }, () => 0),
  object: {},
  "nested object": nestedObject(1_000),
  prototype: JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":1}}}'),
  "names of methods": JSON.parse('{"toString":"text","toJSON":1,"length":-1,"then":"text"}'),
};

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Object.values(HOSTILE)) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE).filter((value) => typeof value === "string")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-composite", maxLength: 20 }),
);

/** Texts that say what no value can: keys twice, numbers out of range, a depth that recursion dies of. */
export const hostileJson: fc.Arbitrary<string> = fc.constantFrom(
  '{"roomId":1,"roomId":2}',
  '{"email":"a@b.co","email":{},"password":"x","password":["x"]}',
  '{"__proto__":{"isAdmin":true}}',
  '{"limit":1e999,"cursor":-0,"seq":1E+30}',
  '{"text":"\\ud800","roomId":"\\u0000"}',
  `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
  "{",
  '{"a":1,}',
  "nul",
  "\ufeff{}",
  '"text"',
  "[]",
  "0",
  "",
);

/** Values near to those of `valid`, with up to three faults at places of any depth. */
export function withFaults(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const fault = fc.tuple(fc.nat(30), fc.option(hostileValue, { freq: 8, nil: undefined }));
  return fc.tuple(valid, fc.array(fault, { maxLength: 3 })).map(([value, faults]) =>
    faults.reduce<unknown>((changed, [place, replacement]) => {
      const paths = pathsWithin(changed);
      return replacedAt(changed, paths[place % paths.length] ?? [], replacement);
    }, value),
  );
}
