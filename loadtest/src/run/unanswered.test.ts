import { expect, it } from "vitest";
import { keyOf } from "../clients/client-id.ts";
import type { SendOutcome } from "../clients/load-client.ts";
import { Ledger, type SentRoom } from "./ledger.ts";
import { Tally } from "./tally.ts";
import { Unanswered } from "./unanswered.ts";

const ROOM: SentRoom = { index: 0, roomId: "0192d7a8-1111-7abc-8def-0123456789ab", roomTag: 1 };
const VISITED: SentRoom = { ...ROOM, index: 1, roomId: "0192d7a8-2222-7abc-8def-0123456789ab" };
const stored = (seq: number): SendOutcome => ({
  ...{ outcome: "stored", seq, rev: seq, duplicate: false },
});
const refused = (code: string, retryable = true): SendOutcome => ({
  ...{ outcome: "refused", code, retryable, retryAfterMs: 0 },
});

function sender() {
  const ledger = new Ledger();
  const tally = new Tally();
  /** What was written, with what answers it; and what is to happen later. */
  const written: ((outcome: SendOutcome) => void)[] = [];
  const later: (() => void)[] = [];
  const unanswered = new Unanswered({
    ...{ sender: 5, tally, ledger, onStored() {} },
    write: (_message, onOutcome) => written.push(onOutcome),
    later: (_ms, run) => later.push(run),
    mayHaveLeft: (roomId) => roomId === VISITED.roomId,
  });
  const send = (room = ROOM) => unanswered.add(room, 8, 0, true);
  return { ledger, tally, written, later, unanswered, send };
}

const key = (number: number) => keyOf({ sender: 5, number });

it("sends again what was refused for a while, and asks nothing of its order", () => {
  const { ledger, written, later, unanswered, send } = sender();
  send();
  send();
  written[0]?.(refused("token_expired", false));
  written[1]?.(stored(1));
  for (const run of later) run();
  written[2]?.(stored(2));
  expect(unanswered.size).toBe(0);
  const at = expect.any(Number);
  expect(ledger.acknowledged).toEqual([0, 1, key(1), at, 0, 2, key(0), at]);
  expect([...ledger.delayed]).toEqual([key(0)]);
  // Nothing was done: it may not come twice.
  expect([...ledger.repeated]).toEqual([]);
});

it("knows what may have been stored although nobody said so", () => {
  const { ledger, written, unanswered, send } = sender();
  send();
  send();
  written[0]?.(refused("unavailable"));
  unanswered.outcomesUnknown();
  expect([...ledger.repeated].sort()).toEqual([key(0), key(1)]);
});

it("is refused with reason where it may have left, and without anywhere else", () => {
  const { tally, written, unanswered, send } = sender();
  send(VISITED);
  send();
  for (const answer of written) answer(refused("not_found", false));
  expect(unanswered.size).toBe(0);
  expect(tally.counters).toMatchObject({ turnedAway: 1, refused: 1, errors: 1 });
});

it("waits for what was written and not answered, and for nothing that was refused for a while", () => {
  const { written, later, unanswered, send } = sender();
  expect(unanswered.waitsSinceMicros).toBeUndefined();
  send();
  send();
  const first = unanswered.waitsSinceMicros;
  expect(first).toBeGreaterThan(0);
  written[0]?.(refused("unavailable"));
  written[1]?.(refused("unavailable"));
  expect(unanswered.size).toBe(2);
  // However long it is refused again and again, a connection that does answer is not dead.
  expect(unanswered.waitsSinceMicros).toBeUndefined();
  for (const run of later.splice(0)) run();
  expect(unanswered.waitsSinceMicros).toBeGreaterThanOrEqual(first ?? Number.POSITIVE_INFINITY);
  unanswered.outcomesUnknown();
  expect(unanswered.waitsSinceMicros).toBeUndefined();
});
