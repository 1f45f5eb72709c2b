import { expect, it } from "vitest";
import type { LateWord } from "../run/ledger.ts";
import { COUNTER_NAMES, VIOLATION_NAMES, zeros } from "../run/tally.ts";
import type { MadeRoom, Mismatch, RunTasks, Settled } from "../run/tasks.ts";
import { judgeReceivers, type ReceiversCase, verdictOf } from "./verdict-of.ts";

const NONE = zeros(VIOLATION_NAMES);
const second = 1_000_000;

const ROOMS: MadeRoom[] = [{ roomId: "room", rev: 0, seq: 0, members: [1, 2], guests: [] }];

/** Message 5 was answered at second 10. */
const settled = { acknowledged: Float64Array.from([0, 1, 5, 10 * second]) } as Settled;

type Finished = RunTasks["finish"]["answer"];
const finished = (part: Partial<Finished> = {}): Finished => ({
  ...{ violations: NONE, findings: [], errors: new Map(), lateWords: [] },
  ...{ counters: zeros(COUNTER_NAMES), ...part },
});

/** The verdict about receivers of a history in which nothing is wrong. */
function verdictOn(change: Partial<ReceiversCase>) {
  const verdict = verdictOf({ rooms: [], histories: [], settled: [], latest: [] });
  judgeReceivers(verdict, {
    ...{ rooms: ROOMS, settled: [settled], outages: [] },
    compared: [{ mismatches: [], receivers: 2, resets: 1 }],
    ...{ finished: [finished()], ...change },
  });
  return verdict;
}

const word = (toldSecond: number): LateWord => ({
  ...{ key: 5, user: 1, roomId: "room", toldMicros: toldSecond * second, standstillMicros: 0 },
});

it("passes receivers who hold what is stored, and noticed nothing on the way", () => {
  expect(verdictOn({})).toMatchObject({
    ...{ passed: true, violations: NONE, findings: [], receivers: 2, resets: 1 },
  });
});

it("counts a word that came too late as a loss, and fails by it alone", () => {
  const words = [word(17), word(18.25)];
  const { passed, violations, findings } = verdictOn({
    finished: [finished(), finished({ lateWords: words })],
  });
  expect({ passed, violations }).toEqual({ passed: false, violations: { ...NONE, lost: 2 } });
  expect(findings[1]).toContain(
    "room room: user 1 was told of a message only 8.3 s after it was acknowledged",
  );
  expect(verdictOn({ finished: [finished({ lateWords: [word(16)] })] }).passed).toBe(true);
  const outages = [{ fromMicros: 9 * second, untilMicros: 12 * second }];
  expect(verdictOn({ finished: [finished({ lateWords: words })], outages }).passed).toBe(true);
});

it("counts what receivers lack in the end, and what they hold otherwise than it is stored", () => {
  const mismatch = (part: Partial<Mismatch>): Mismatch => ({
    ...{ user: 2, room: 0, missing: 0, isDifferent: false, what: "has 1 of 4", ...part },
  });
  const mismatches = [mismatch({ missing: 3 }), mismatch({ isDifferent: true })];
  const { passed, violations, findings } = verdictOn({
    compared: [{ mismatches, receivers: 2, resets: 0 }],
  });
  expect({ passed, violations }).toEqual({
    ...{ passed: false, violations: { ...NONE, lost: 3, outOfOrder: 1 } },
  });
  expect(findings).toEqual([
    "room room: user 2 has 1 of 4",
    "room room: user 2 has 1 of 4, and some are not as they are stored",
  ]);
});

it("counts what each process noticed on the way", () => {
  const noticed = finished({ violations: { ...NONE, wrongRoom: 1 }, findings: ["what it was"] });
  expect(verdictOn({ finished: [noticed, noticed] })).toMatchObject({
    ...{ passed: false, violations: { ...NONE, wrongRoom: 2 } },
    findings: ["what it was", "what it was"],
  });
});
