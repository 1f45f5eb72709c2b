import { decodeClientId, keyOf } from "./client-id.ts";

/** One change of a room as a load generator looks at it. */
export type Change = {
  seq: number;
  rev: number;
  /** `keyOf` the stamp; -1 where there is none: a notice, or somebody else's message. */
  key: number;
  intendedMicros: number;
  roomTag: number;
  /** `stateOf` the message behind this change. */
  state: number;
};

export type RoomChanges = { roomId: string; changes: readonly Change[] };

/** What we read of a message on the wire; `PlainMessage` is the part that most of them have alone. */
export type WireChange = PlainMessage & { seq: number; rev: number; clientId?: string | null };

type PlainMessage = {
  senderId?: string;
  text?: string | null;
  editedAt?: number | null;
  deletedAt?: number | null;
  replyTo?: number | null;
  notice?: object | null;
  reactions?: readonly { emoji: string; userIds: readonly string[] }[];
};

export function changeOf(message: WireChange): Change {
  const { seq, rev, clientId } = message;
  const stamp = clientId ? decodeClientId(clientId) : undefined;
  const state = stateOf(message);
  if (stamp === undefined) return { seq, rev, key: -1, intendedMicros: 0, roomTag: -1, state };
  const { intendedMicros, roomTag } = stamp;
  return { seq, rev, key: keyOf(stamp), intendedMicros, roomTag, state };
}

/** 32 bits of all that people see of a message, by which two readers compare what they hold. */
export function stateOf(message: PlainMessage): number {
  const { senderId, text, editedAt, deletedAt, replyTo, notice, reactions } = message;
  let hash = hashOf(text ?? "", hashOf(senderId ?? "", 0));
  if (editedAt || deletedAt || replyTo || notice || reactions?.length) {
    hash = hashOf(JSON.stringify([editedAt, deletedAt, replyTo, notice, reactions]), hash);
  }
  return hash;
}

function hashOf(text: string, from: number): number {
  let hash = Math.imul(from ^ text.length, 0x85eb_ca6b);
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return hash;
}

/** The payload of `room:changes`. */
export function parseRoomChanges(json: string): RoomChanges {
  const { roomId, changes } = JSON.parse(json) as { roomId: string; changes: WireChange[] };
  return { roomId, changes: changes.map(changeOf) };
}
