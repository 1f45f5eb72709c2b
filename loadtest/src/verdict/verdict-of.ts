import { groupBy } from "@moim/local";
import { ANSWER_NUMBERS } from "../run/ledger.ts";
import type { Verdict } from "../run/result.ts";
import { sumOf } from "../run/sum-of.ts";
import { VIOLATION_NAMES, zeros } from "../run/tally.ts";
import type { MadeRoom, Mismatch, RunTasks, Settled } from "../run/tasks.ts";
import type { RoomHistory } from "../site/read-history.ts";
import { type Acknowledged, addViolations, judgeHistory, unexplained } from "./judge.ts";
import { type Outage, toldTooLate } from "./judge-told.ts";
import { trespasses } from "./judge-visits.ts";

const FINDINGS_MAX = 50;
/** Of one kind, so that they leave room for others. */
const EXAMPLES_MAX = 3;

export type HistoryCase = {
  rooms: readonly MadeRoom[];
  histories: readonly RoomHistory[];
  settled: readonly Settled[];
  /** Of these, after the latest part. */
  latest: readonly Settled[];
};

/** What the stored history says about what was sent; the receivers are added by `judgeReceivers`. */
export function verdictOf({ rooms, histories, settled, latest }: HistoryCase): Verdict {
  const repeated = new Set(settled.flatMap((one) => [...one.repeated]));
  const unordered = new Set([...repeated, ...settled.flatMap((one) => [...one.delayed])]);
  const acknowledged = acknowledgedByRoom(settled);
  const changes = groupBy(
    settled.flatMap(({ changed }) => changed),
    ({ room }) => room,
  );
  const violations = zeros(VIOLATION_NAMES);
  const findings: string[] = [];
  for (const [index, { roomId, seq: firstSeq }] of rooms.entries()) {
    const room = {
      ...{ roomId, firstSeq, stored: histories[index]?.stored ?? [] },
      ...{ acknowledged: acknowledged.get(index) ?? [], changed: changes.get(index) ?? [] },
    };
    const judged = judgeHistory(room, unordered);
    addViolations(violations, judged.violations);
    findings.push(...judged.findings);
  }
  const receivedTwice = settled.flatMap((one) => [...one.receivedTwice]);
  const doubled = unexplained(new Set(receivedTwice), repeated);
  violations.doubled += doubled.length;
  if (doubled.length > 0) {
    findings.push(`${doubled.length} messages were delivered twice on one connection`);
    const told = settled.flatMap((one) => [...one.receivedTwiceFindings]);
    const examples = told.filter(([key]) => doubled.includes(key)).slice(0, EXAMPLES_MAX);
    findings.push(...examples.map(([, text]) => text));
  }
  const moves = settled.flatMap((one) => one.moves);
  for (const { room, user } of trespasses(
    moves,
    settled.flatMap((one) => one.sights),
  )) {
    violations.wrongRoom++;
    findings.push(`user ${user} saw something of room ${rooms[room]?.roomId} while it was out`);
  }
  return {
    passed: false,
    violations,
    findings: findings.slice(0, FINDINGS_MAX),
    rooms: rooms.length,
    receivers: 0,
    stored: sumOf(histories, ({ stored }) => stored.filter(({ key }) => key >= 0).length),
    acknowledged: sumOf(settled, (one) => one.acknowledged.length / ANSWER_NUMBERS),
    unanswered: sumOf(latest, ({ unanswered }) => unanswered.length),
    unansweredChanges: sumOf(latest, ({ unansweredChanges }) => unansweredChanges),
    changes: sumOf(settled, ({ changed }) => changed.length),
    moves: moves.length,
    explainedRepeats: new Set(receivedTwice).size - doubled.length,
    resets: 0,
  };
}

function acknowledgedByRoom(settled: readonly Settled[]): Map<number, Acknowledged[]> {
  const byRoom = new Map<number, Acknowledged[]>();
  for (const { acknowledged } of settled) {
    for (let at = 0; at < acknowledged.length; at += ANSWER_NUMBERS) {
      const [room = 0, seq = 0, key = 0] = acknowledged.subarray(at, at + ANSWER_NUMBERS);
      const held = byRoom.get(room);
      if (held === undefined) byRoom.set(room, [{ seq, key }]);
      else held.push({ seq, key });
    }
  }
  return byRoom;
}

export type ReceiversCase = {
  rooms: readonly MadeRoom[];
  settled: readonly Settled[];
  compared: readonly RunTasks["compare"]["answer"][];
  finished: readonly RunTasks["finish"]["answer"][];
  outages: readonly Outage[];
};

/** What the receivers hold in the end, what they noticed on the way, and what they were told too late. */
export function judgeReceivers(verdict: Verdict, receivers: ReceiversCase): void {
  const { rooms, settled, compared, finished, outages } = receivers;
  verdict.receivers = sumOf(compared, (one) => one.receivers);
  verdict.resets = sumOf(compared, (one) => one.resets);
  for (const { mismatches } of compared) countMismatches(verdict, mismatches, rooms);
  for (const { violations, findings } of finished) {
    addViolations(verdict.violations, violations);
    verdict.findings.push(...findings);
  }
  const words = finished.flatMap(({ lateWords }) => lateWords);
  const answered = answersOf(new Set(words.map(({ key }) => key)), settled);
  const late = toldTooLate(words, (key) => answered.get(key), outages);
  verdict.violations.lost += late.length;
  for (const { key, user, roomId, toldMicros } of late.slice(0, EXAMPLES_MAX)) {
    const seconds = ((toldMicros - (answered.get(key) ?? toldMicros)) / 1e6).toFixed(1);
    const finding = `user ${user} was told of a message only ${seconds} s after it was acknowledged`;
    verdict.findings.push(`room ${roomId}: ${finding}, on a connection that stood all the time`);
  }
  verdict.passed = VIOLATION_NAMES.every((name) => verdict.violations[name] === 0);
}

/** When each of these messages was answered. */
function answersOf(keys: ReadonlySet<number>, settled: readonly Settled[]): Map<number, number> {
  const answered = new Map<number, number>();
  for (const { acknowledged } of settled) {
    for (let at = 0; at < acknowledged.length; at += ANSWER_NUMBERS) {
      const [, , key = 0, micros = 0] = acknowledged.subarray(at, at + ANSWER_NUMBERS);
      if (keys.has(key)) answered.set(key, micros);
    }
  }
  return answered;
}

/** Each receiver that does not hold what is stored. */
function countMismatches(
  verdict: Verdict,
  mismatches: readonly Mismatch[],
  rooms: readonly MadeRoom[],
): void {
  for (const { user, room, missing, isDifferent, what } of mismatches) {
    verdict.violations.lost += missing;
    if (isDifferent) verdict.violations.outOfOrder++;
    if (verdict.findings.length >= FINDINGS_MAX) continue;
    const other = isDifferent ? ", and some are not as they are stored" : "";
    verdict.findings.push(`room ${rooms[room]?.roomId}: user ${user} ${what}${other}`);
  }
}
