import type { Connection } from "../src/accept/connection.ts";
import { guardEvent } from "../src/accept/guard.ts";
import { RevokedSessions } from "../src/accept/revoked-sessions.ts";
import { systemClock } from "../src/clock.ts";

/*
 * Microseconds of the guard in front of every event, with many revoked sessions to look through. Part of
 * `pnpm bench`. It is handed a connection, a clock and what is in memory: nothing with which it could ask
 * a database or Redis.
 */

const REVOKED = 10_000;
const CALLS = 5_000_000;
const ROUNDS = 5;

const revoked = new RevokedSessions(systemClock, () => {});
const expiresAt = Date.now() + 3_600_000;
revoked.add(
  Array.from({ length: REVOKED }, (_, index) => ({
    sessionId: `s${index}`,
    userId: "u",
    expiresAt,
  })),
);
const connections = Array.from({ length: 100 }, (_, index) => ({
  ...{ sessionId: `alive ${index}`, expiresAt, isLeaving: false, token: { phase: "valid" } },
})) as unknown as Connection[];

function microsecondsPerCall(): number {
  const startedAt = performance.now();
  for (let call = 0; call < CALLS; call++) {
    const connection = connections[call % connections.length];
    if (connection) guardEvent(connection, "message:send", revoked, systemClock);
  }
  return ((performance.now() - startedAt) / CALLS) * 1_000;
}

const rounds = Array.from({ length: ROUNDS }, microsecondsPerCall).sort((a, b) => a - b);
process.stdout.write(`${JSON.stringify({ microseconds: rounds[Math.floor(ROUNDS / 2)] })}\n`);
