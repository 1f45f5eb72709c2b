import { expect, it } from "vitest";
import { pillText } from "./unread-pill.ts";

it.each([
  [1, "1"],
  [99, "99"],
  [100, "99+"],
])("%i unread is shown as %s", (unread, text) => {
  expect(pillText(unread)).toBe(text);
});
