import { randomUUID } from "node:crypto";
import type { Answer } from "@moim/protocol";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import type { Connection } from "./connection.ts";
import { Dispatch, type DispatchOptions } from "./dispatch.ts";
import { rateLimited } from "./rate-limit.ts";

/** A dispatch and a connection to it; whatever is read of the database takes until `reading` is done. */
function startDispatch(reading: Promise<unknown> = Promise.resolve()) {
  const clock = new ManualClock();
  const dispatch = new Dispatch({
    clock,
    logger: pino({ level: "silent" }),
    metrics: createMetrics(new Registry()),
    revoked: { has: () => false },
    // Of one who has used up what a user may have told to others.
    changeRate: {
      take() {
        throw rateLimited(5);
      },
    },
    context: { database: { inTurn: () => ({ read: () => reading }) } },
  } as unknown as DispatchOptions);
  const connection = {
    socket: { id: "s" },
    expiresAt: clock.now() + 600_000,
    token: { phase: "valid" },
    bucket: { take() {} },
    underWay: 0,
    onAnswered() {},
  } as unknown as Connection;
  return { clock, dispatch, connection };
}

it("an answer that cannot be written is replaced by `internal`, and ends nothing", async () => {
  const { dispatch, connection } = startDispatch();
  const answers: Answer<unknown>[] = [];
  const answered = new Promise<void>((resolve) => {
    dispatch.receive(connection, [
      "no:such:event",
      {},
      (answer: Answer<unknown>) => {
        answers.push(answer);
        if (answers.length === 1) throw new RangeError("Invalid string length");
        resolve();
      },
    ]);
  });
  await answered;
  await settled();
  expect(answers).toMatchObject([
    { ok: false, error: { code: "bad_request" } },
    { ok: false, error: { code: "internal" } },
  ]);
  expect(dispatch.underWay).toBe(0);
});

it("whatever hangs is answered within five seconds, the way included, once, and not before it had its time", async () => {
  let read: (room: unknown) => void = () => {};
  const reading = new Promise((resolve) => {
    read = resolve;
  });
  const { clock, dispatch, connection } = startDispatch(reading);
  const answers: Answer<unknown>[] = [];
  dispatch.receive(connection, [
    "room:get",
    { roomId: randomUUID() },
    (answer: Answer<unknown>) => answers.push(answer),
  ]);
  // A search or a change that waits for its turn may take so long.
  await clock.advance(4_000);
  expect(answers).toEqual([]);
  // Half a second is left for the way there and back.
  await clock.advance(500);
  const unavailable = { ok: false, error: { code: "unavailable", retryable: true } };
  expect(answers).toMatchObject([unavailable]);
  expect(dispatch.underWay).toBe(0);
  read({});
  await settled();
  expect(answers).toHaveLength(1);
  expect([dispatch.underWay, connection.underWay]).toEqual([0, 0]);
});

it("what is told to all members is counted for the user, read marks too, which can be repeated for ever", async () => {
  const { dispatch, connection } = startDispatch();
  const codeOf = (event: string, request: object) =>
    new Promise<string>((resolve) => {
      dispatch.receive(connection, [
        event,
        request,
        (answer: Answer<unknown>) => resolve(answer.ok ? "ok" : answer.error.code),
      ]);
    });
  const roomId = randomUUID();
  expect(await codeOf("message:delete", { roomId, seq: 1 })).toBe("rate_limited");
  expect(await codeOf("room:read", { roomId, seq: 1 })).toBe("rate_limited");
  // Who only asks tells nobody anything.
  expect(await codeOf("room:get", { roomId })).not.toBe("rate_limited");
});
