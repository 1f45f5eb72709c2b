import { expect, it } from "vitest";
import { DecodeOnce } from "./decode-once.ts";

it("decodes what many receive once, and what differs in one byte again", () => {
  const decoded: string[] = [];
  const once = new DecodeOnce((json) => {
    decoded.push(json);
    return { json };
  });
  const buffer = Buffer.from(`..${"a".repeat(500)}..`);
  const first = once.decode(buffer, 2, 502);
  expect(once.decode(Buffer.from("a".repeat(500)), 0, 500)).toBe(first);
  // The read buffer is used again: what was remembered must be a copy.
  buffer.write("b", 100);
  expect(once.decode(buffer, 2, 502).json).toContain("b");
  expect(once.decode(Buffer.from("a".repeat(500)), 0, 500).json).toBe("a".repeat(500));
  expect(decoded[0]).toBe("a".repeat(500));
});
