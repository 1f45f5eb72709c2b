import type { Verdict } from "../run/result.ts";
import { sumOf } from "../run/sum-of.ts";
import { VIOLATION_NAMES, zeros } from "../run/tally.ts";
import type { MadeRoom, Mismatch, Settled } from "../run/tasks.ts";
import type { RoomHistory } from "../site/read-history.ts";
import { type Acknowledged, addViolations, judgeHistory, unexplained } from "./judge.ts";

const FINDINGS_MAX = 50;

/** What the stored history says about what was sent; the receivers are added by `countMismatches`. */
export function verdictOf(
  rooms: readonly MadeRoom[],
  histories: readonly RoomHistory[],
  settled: readonly Settled[],
): Verdict {
  const repeated = new Set(settled.flatMap((one) => [...one.repeated]));
  const acknowledged = acknowledgedByRoom(settled);
  const violations = zeros(VIOLATION_NAMES);
  const findings: string[] = [];
  for (const [index, { roomId, seq: firstSeq }] of rooms.entries()) {
    const stored = histories[index]?.stored ?? [];
    const told = acknowledged.get(index) ?? [];
    const judged = judgeHistory({ roomId, firstSeq, stored, acknowledged: told }, repeated);
    addViolations(violations, judged.violations);
    findings.push(...judged.findings);
  }
  const receivedTwice = settled.flatMap((one) => [...one.receivedTwice]);
  const doubled = unexplained(new Set(receivedTwice), repeated);
  violations.doubled += doubled.length;
  if (doubled.length > 0) {
    findings.push(`${doubled.length} messages were delivered twice on one connection`);
  }
  return {
    passed: false,
    violations,
    findings: findings.slice(0, FINDINGS_MAX),
    rooms: rooms.length,
    receivers: 0,
    stored: sumOf(histories, ({ stored }) => stored.length),
    acknowledged: sumOf(settled, (one) => one.acknowledged.length / 3),
    unanswered: new Set(settled.flatMap((one) => [...one.unanswered])).size,
    explainedRepeats: new Set(receivedTwice).size - doubled.length,
    resets: 0,
  };
}

function acknowledgedByRoom(settled: readonly Settled[]): Map<number, Acknowledged[]> {
  const byRoom = new Map<number, Acknowledged[]>();
  for (const { acknowledged } of settled) {
    for (let at = 0; at < acknowledged.length; at += 3) {
      const [room = 0, seq = 0, key = 0] = acknowledged.subarray(at, at + 3);
      const held = byRoom.get(room);
      if (held === undefined) byRoom.set(room, [{ seq, key }]);
      else held.push({ seq, key });
    }
  }
  return byRoom;
}

/** Each receiver that does not hold what is stored. */
export function countMismatches(verdict: Verdict, mismatches: readonly Mismatch[]): void {
  for (const { user, room, missing, isDifferent } of mismatches) {
    verdict.violations.lost += missing;
    if (isDifferent) verdict.violations.outOfOrder++;
    const what = isDifferent ? "holds other messages than are stored" : `lacks ${missing} messages`;
    if (verdict.findings.length < FINDINGS_MAX) {
      verdict.findings.push(`user ${user} ${what} in room ${room}`);
    }
  }
}
