import { numberOf, roomTagOf, senderOf } from "../clients/client-id.ts";
import { fingerprint } from "../receive/room-view.ts";
import type { Violations } from "../run/tally.ts";

/** One stored message, as the server's own history shows it. */
export type Stored = {
  seq: number;
  /** -1: a notice, or not of this run. */
  key: number;
  /** Of the room that its sender meant. */
  roomTag: number;
};

export type Acknowledged = { seq: number; key: number };

/** One room's history from the beginning of the run, oldest first, and what its senders were told. */
export type RoomCase = {
  roomId: string;
  /** The newest message before the run. */
  firstSeq: number;
  stored: readonly Stored[];
  acknowledged: readonly Acknowledged[];
};

/** What is wrong with a room's history, in counts and in words. */
export type Judgement = { violations: Violations; findings: string[] };

/**
 * Holds a room's stored history against what its senders were told. `repeated`: keys that were sent more
 * than once, whose order says nothing.
 */
export function judgeHistory(room: RoomCase, repeated: ReadonlySet<number>): Judgement {
  const { roomId, stored, acknowledged } = room;
  const judgement: Judgement = {
    violations: { lost: 0, doubled: 0, outOfOrder: 0, wrongRoom: 0 },
    findings: [],
  };
  const find = (what: keyof Violations, finding: string) => {
    judgement.violations[what]++;
    judgement.findings.push(`room ${roomId}: ${finding}`);
  };
  const placeOf = new Map<number, number>();
  const lastOf = new Map<number, number>();
  const tag = roomTagOf(roomId);
  let seq = room.firstSeq;
  for (const message of stored) {
    if (message.seq !== seq + 1) find("lost", `message ${seq + 1} is followed by ${message.seq}`);
    seq = message.seq;
    const { key } = message;
    if (key < 0) continue;
    const before = placeOf.get(key);
    if (before !== undefined) find("doubled", `stored as ${before} and as ${seq}`);
    placeOf.set(key, seq);
    if (message.roomTag !== tag) find("wrongRoom", `message ${seq} was sent to another room`);
    if (repeated.has(key)) continue;
    const sender = senderOf(key);
    const last = lastOf.get(sender) ?? -1;
    if (numberOf(key) < last) find("outOfOrder", `message ${seq} overtook one of the same sender`);
    lastOf.set(sender, numberOf(key));
  }
  for (const { seq: told, key } of acknowledged) {
    const place = placeOf.get(key);
    if (place === undefined) find("lost", `message ${told} was acknowledged and is not stored`);
    else if (place !== told) find("outOfOrder", `acknowledged as ${told}, stored as ${place}`);
  }
  return judgement;
}

/** What every receiver of the room must hold of it. */
export function truthOf(stored: readonly Stored[], rev: number, firstSeq: number) {
  return {
    rev,
    seq: stored.at(-1)?.seq ?? firstSeq,
    count: stored.length,
    sum: stored.reduce((sum, { seq, key }) => (sum + fingerprint(seq, key)) | 0, 0),
  };
}

/** Announcements that came twice although nobody had sent the message twice. */
export function unexplained(
  receivedTwice: Iterable<number>,
  repeated: ReadonlySet<number>,
): number[] {
  return [...receivedTwice].filter((key) => !repeated.has(key));
}

export function addViolations(total: Violations, part: Violations): void {
  for (const name of Object.keys(total) as (keyof Violations)[]) total[name] += part[name];
}
