import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor, memberCursor, roomCursor } from "./cursor.ts";

const place = { at: 1_800_000_000_123, roomId: "0197a4c0-0000-7000-8000-00000000000a" };
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a cursor", () => {
  it("leads back to the place it was made of", () => {
    expect(decodeCursor(roomCursor, encodeCursor(place))).toEqual(place);
  });

  it("of another list is refused", () => {
    expect(() => decodeCursor(memberCursor, encodeCursor(place))).toThrow(
      expect.objectContaining({ code: "bad_request" }),
    );
  });

  it("is text that may stand anywhere", () => {
    expect(encodeCursor(place)).toMatch(/^[\w-]+$/);
  });

  it.each([
    ["", "nothing"],
    ["%%%", "no base64"],
    [encoded(null), "null"],
    [encoded([]), "a list"],
    [encoded({ roomId: place.roomId }), "no time"],
    [encoded({ at: place.at }), "no room"],
    [encoded({ ...place, at: "1; DROP TABLE chat.rooms" }), "a time that is text"],
    [encoded({ ...place, at: -1 }), "a time before all"],
    [encoded({ ...place, at: 1.5 }), "a broken time"],
    [encoded({ ...place, at: 8.64e15 + 1 }), "a time beyond all"],
    [encoded({ ...place, at: 253_402_300_800_000 }), "a time that the database does not read"],
    [encoded({ ...place, roomId: "x" }), "a room that is no id"],
    [`{"at":${place.at}`, "half of it"],
  ])("%j is refused as bad_request: %s", (text) => {
    expect(() => decodeCursor(roomCursor, text)).toThrow(
      expect.objectContaining({
        code: "bad_request",
        errors: [{ path: "cursor", message: "not one of ours" }],
      }),
    );
  });
});
