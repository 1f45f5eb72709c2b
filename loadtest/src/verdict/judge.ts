import { numberOf, roomTagOf, senderOf } from "../clients/client-id.ts";
import type { Violations } from "../run/tally.ts";

/** One stored message, as the server's own history shows it. */
export type Stored = {
  seq: number;
  /** -1: a notice, or not of this run. */
  key: number;
  /** Of the room that its sender meant. */
  roomTag: number;
  rev: number;
  state: number;
  /** Nobody has changed it since, and yet it does not say what its sender wrote. */
  isGarbled: boolean;
};

export type Acknowledged = { seq: number; key: number };
/** An edit, a deletion or a reaction: the message as its answer showed it. */
export type AcknowledgedChange = { seq: number; rev: number; state: number };

/** One room's history from the beginning of the run, oldest first, and what its senders were told. */
export type RoomCase = {
  roomId: string;
  /** The newest message before the run. */
  firstSeq: number;
  stored: readonly Stored[];
  acknowledged: readonly Acknowledged[];
  changed: readonly AcknowledgedChange[];
};

/** What is wrong with a room's history, in counts and in words. */
export type Judgement = { violations: Violations; findings: string[] };

/**
 * Holds a room's stored history against what its senders were told. `unordered`: keys that were sent
 * again, whose order says nothing.
 */
export function judgeHistory(room: RoomCase, unordered: ReadonlySet<number>): Judgement {
  const judgement: Judgement = {
    violations: { lost: 0, doubled: 0, outOfOrder: 0, wrongRoom: 0 },
    findings: [],
  };
  const find: Find = (what, finding) => {
    judgement.violations[what]++;
    judgement.findings.push(`room ${room.roomId}: ${finding}`);
  };
  const placeOf = judgeStored(room, unordered, find);
  for (const { seq: told, key } of room.acknowledged) {
    const place = placeOf.get(key);
    if (place === undefined) find("lost", `message ${told} was acknowledged and is not stored`);
    else if (place !== told) find("outOfOrder", `acknowledged as ${told}, stored as ${place}`);
  }
  judgeChanges(room, find);
  return judgement;
}

type Find = (what: keyof Violations, finding: string) => void;

/** The messages by themselves; returns where each of them stands. */
function judgeStored(
  { roomId, stored, firstSeq }: RoomCase,
  unordered: ReadonlySet<number>,
  find: Find,
): Map<number, number> {
  const placeOf = new Map<number, number>();
  const lastOf = new Map<number, number>();
  const tag = roomTagOf(roomId);
  let seq = firstSeq;
  for (const message of stored) {
    if (message.seq !== seq + 1) find("lost", `message ${seq + 1} is followed by ${message.seq}`);
    seq = message.seq;
    const { key } = message;
    if (key < 0) continue;
    const before = placeOf.get(key);
    if (before !== undefined) find("doubled", `stored as ${before} and as ${seq}`);
    placeOf.set(key, seq);
    if (message.roomTag !== tag) find("wrongRoom", `message ${seq} was sent to another room`);
    if (message.isGarbled) find("outOfOrder", `message ${seq} does not say what was sent`);
    if (unordered.has(key)) continue;
    const sender = senderOf(key);
    const last = lastOf.get(sender) ?? -1;
    if (numberOf(key) < last) find("outOfOrder", `message ${seq} overtook one of the same sender`);
    lastOf.set(sender, numberOf(key));
  }
  return placeOf;
}

/** Later changes of the same message may have followed; none may have been undone. */
function judgeChanges({ stored, changed }: RoomCase, find: Find): void {
  const bySeq = new Map(stored.map((message) => [message.seq, message]));
  for (const { seq, rev, state } of changed) {
    const message = bySeq.get(seq);
    if (message === undefined || message.rev < rev) {
      find("lost", `the change ${rev} of message ${seq} was acknowledged and is not stored`);
    } else if (message.rev === rev && message.state !== state) {
      find("outOfOrder", `message ${seq} is stored otherwise than its change ${rev} was answered`);
    }
  }
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
