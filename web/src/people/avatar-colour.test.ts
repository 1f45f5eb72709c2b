import { expect, it } from "vitest";
import { avatarColour, initials } from "./avatar-colour.ts";

it("a person always has the same colour, and people differ", () => {
  const ids = Array.from({ length: 40 }, (_, index) => `0189-${index}`);
  expect(ids.map(avatarColour)).toEqual(ids.map(avatarColour));
  expect(new Set(ids.map(avatarColour)).size).toBeGreaterThan(6);
});

it.each([
  ["김민준", "민준"],
  ["지수", "지수"],
  ["남궁민수", "민수"],
  ["Ada Lovelace", "AL"],
  ["ada", "A"],
  ["", ""],
])("initials of %j are %j", (name, expected) => {
  expect(initials(name)).toBe(expected);
});
