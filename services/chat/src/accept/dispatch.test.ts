import type { Answer } from "@moim/protocol";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import type { Connection } from "./connection.ts";
import { Dispatch, type DispatchOptions } from "./dispatch.ts";

it("an answer that cannot be written is replaced by `internal`, and ends nothing", async () => {
  const clock = new ManualClock();
  const dispatch = new Dispatch({
    clock,
    logger: pino({ level: "silent" }),
    metrics: createMetrics(new Registry()),
    revoked: { has: () => false },
  } as unknown as DispatchOptions);
  const connection = {
    socket: { id: "s" },
    expiresAt: clock.now() + 1_000,
    token: { phase: "valid" },
    bucket: { take() {} },
    underWay: 0,
    onAnswered() {},
  } as unknown as Connection;
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
  await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toMatchObject([
    { ok: false, error: { code: "bad_request" } },
    { ok: false, error: { code: "internal" } },
  ]);
  expect(dispatch.underWay).toBe(0);
});
