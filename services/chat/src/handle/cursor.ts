import { Failure, parse } from "@moim/protocol";
import { z } from "zod";
import type { RoomCursor } from "../persist/rooms.ts";
import type { SearchCursor } from "../persist/search-messages.ts";
import type { MemberCursor } from "../persist/settings.ts";

/** The end of the year 9999: Postgres does not read the sign that JavaScript writes before later years. */
const TIME_MS_MAX = Date.UTC(10_000, 0) - 1;

const time = z.int().min(0).max(TIME_MS_MAX);

export const roomCursor = z.object({ at: time, roomId: z.uuid() });
export const memberCursor = z.object({ at: time, userId: z.uuid() });
export const searchCursor = z.object({ at: time, roomId: z.uuid(), seq: z.int().min(0) });

export function encodeCursor(place: RoomCursor | MemberCursor | SearchCursor): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Throws `bad_request` for anything that `encodeCursor` did not make of such a place. */
export function decodeCursor<Place extends z.ZodType>(place: Place, text: string): z.output<Place> {
  try {
    return parse(place, JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    throw new Failure("bad_request", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  }
}
