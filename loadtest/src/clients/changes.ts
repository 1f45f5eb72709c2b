import { decodeClientId, keyOf } from "./client-id.ts";

/** One change of a room as a load generator looks at it. */
export type Change = {
  seq: number;
  rev: number;
  /** `keyOf` the stamp; -1 where there is none: a notice, or somebody else's message. */
  key: number;
  intendedMicros: number;
  roomTag: number;
};

export type RoomChanges = { roomId: string; changes: readonly Change[] };

/** What we read of a message on the wire. */
export type WireChange = { seq: number; rev: number; clientId?: string | null };

export function changeOf({ seq, rev, clientId }: WireChange): Change {
  const stamp = clientId ? decodeClientId(clientId) : undefined;
  if (stamp === undefined) return { seq, rev, key: -1, intendedMicros: 0, roomTag: -1 };
  const { intendedMicros, roomTag } = stamp;
  return { seq, rev, key: keyOf(stamp), intendedMicros, roomTag };
}

/** The payload of `room:changes`. */
export function parseRoomChanges(json: string): RoomChanges {
  const { roomId, changes } = JSON.parse(json) as { roomId: string; changes: WireChange[] };
  return { roomId, changes: changes.map(changeOf) };
}
