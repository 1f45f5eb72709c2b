import { expect, it } from "vitest";
import { jsonKey, numberBehind } from "./scan.ts";

const SEQ = jsonKey("seq");
const scan = (value: unknown) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return numberBehind(SEQ, bytes, 0, bytes.length);
};

it("finds the number wherever its field stands", () => {
  expect(scan({ message: { rev: 7, seq: 1234, text: "x" } })).toBe(1234);
  expect(scan({ seq: 0 })).toBe(0);
});

it("is not taken in by a text that looks like the field", () => {
  expect(scan({ text: '"seq":99', seq: 5 })).toBe(5);
  expect(scan({ text: 'say \\"seq":99' })).toBeUndefined();
});

it("does not look behind the end, where an earlier read has left something", () => {
  const bytes = Buffer.from('{"rev":1}"seq":12');
  expect(numberBehind(SEQ, bytes, 0, 9)).toBeUndefined();
  const cut = Buffer.from('{"seq":123');
  expect(numberBehind(SEQ, cut, 0, 9)).toBe(12);
});

it("finds no number in null", () => {
  expect(scan({ seq: null })).toBeUndefined();
});
