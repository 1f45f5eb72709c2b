import { Failure, parse } from "@moim/protocol";
import { z } from "zod";
import type { RoomCursor } from "../persist/rooms.ts";

/** The largest time that a `Date` can hold. */
const TIME_MS_MAX = 8.64e15;

const cursor = z.object({ at: z.int().min(0).max(TIME_MS_MAX), roomId: z.uuid() });

export function encodeRoomCursor(place: RoomCursor): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Throws `bad_request` for anything that `encodeRoomCursor` did not make. */
export function decodeRoomCursor(text: string): RoomCursor {
  try {
    return parse(cursor, JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    throw invalid();
  }
}

function invalid(): Failure {
  return new Failure("bad_request", "cursor: not one of ours", {
    errors: [{ path: "cursor", message: "not one of ours" }],
  });
}
