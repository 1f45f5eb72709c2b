import { timestamp, uuid } from "@moim/protocol";
import { z } from "zod";

const userIds = z.array(uuid);
/** Counts a node's changes from 0: whoever misses one notices. */
const number = z.int().nonnegative();
/** A run of a node, not its configured id: after a restart it is another. */
const from = z.string();

const announcement = z.discriminatedUnion("type", [
  /** The node lives, and its newest change was this one. */
  z.object({ type: z.literal("beat"), from, number, at: timestamp }),
  z.object({ type: z.literal("change"), from, number, present: userIds, absent: userIds }),
  /** Everybody who is present on the node after the change of this number, in parts. */
  z.object({
    type: z.literal("state"),
    from,
    number,
    at: timestamp,
    part: z.int().min(1),
    parts: z.int().min(1),
    present: userIds,
  }),
  /** Asks one node, or all, for their state. */
  z.object({ type: z.literal("ask"), from, of: z.string().nullable() }),
  /** The node leaves on purpose: its users have the usual time to come back elsewhere. */
  z.object({ type: z.literal("bye"), from }),
]);

/** What nodes tell each other about who is present on them. */
export type Announcement = z.infer<typeof announcement>;
export type AnnouncementOf<Type extends Announcement["type"]> = Extract<
  Announcement,
  { type: Type }
>;

export function encodeAnnouncement(value: Announcement): string {
  return JSON.stringify(value);
}

/** Undefined for anything that is no announcement. */
export function decodeAnnouncement(text: string): Announcement | undefined {
  try {
    return announcement.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
