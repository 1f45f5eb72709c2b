import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import { backoffMs, pause } from "../backoff.ts";
import { COMMAND_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { Connection } from "./connection.ts";

export type CommandsParts = {
  connection: Connection;
  clock: Clock;
  random: () => number;
  online: OnlineEvents;
};

/**
 * Sends what a person asked for and waits for: not ready yet, it waits; unanswered, it is repeated.
 * Only for requests that may be repeated. Rejects with the last error after `COMMAND_TIMEOUT_MS`.
 * `onRepeat` is told before a request goes out again, for it may have taken effect already.
 */
export async function command<Name extends ClientEventName>(
  { connection, clock, random, online }: CommandsParts,
  name: Name,
  request: RequestOf<Name>,
  onRepeat: () => void = () => {},
): Promise<DataOf<Name>> {
  const untilMs = clock.now() + COMMAND_TIMEOUT_MS;
  for (let attempt = 0; ; attempt++) {
    await readyBy(untilMs, connection, clock);
    try {
      return await connection.request(name, request);
    } catch (caught) {
      const error = MoimError.from(caught);
      const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0);
      if (!error.retryable || clock.now() + waitMs >= untilMs) throw error;
      await pause(waitMs, clock, online);
      onRepeat();
    }
  }
}

function readyBy(untilMs: number, connection: Connection, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, untilMs - clock.now()), () => {
      unsubscribe();
      reject(new MoimError("unavailable", "not connected"));
    });
    let isReady = false;
    let unsubscribe = () => {};
    unsubscribe = connection.state.subscribe(({ state }) => {
      if (state !== "ready" || isReady) return;
      isReady = true;
      cancel();
      // The first call comes before there is anything to unsubscribe.
      queueMicrotask(() => unsubscribe());
      resolve();
    });
  });
}
