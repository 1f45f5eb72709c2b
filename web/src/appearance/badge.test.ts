import { expect, it } from "vitest";
import { badgedIcon } from "./badge.ts";

it.each([
  [1, ">1<"],
  [9, ">9<"],
  [10, ">9+<"],
  [100, ">9+<"],
])("%i unread are %s on the icon", (unread, text) => {
  const [kind, drawing = ""] = badgedIcon(unread).split(",");
  expect(kind).toBe("data:image/svg+xml");
  expect(decodeURIComponent(drawing)).toContain(text);
});
