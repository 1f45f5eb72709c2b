import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import { backoffMs, pause } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OnlineEvents } from "../online-events.ts";
import type { Connection } from "./connection.ts";

export type CommandsParts = {
  connection: Connection;
  clock: Clock;
  random: () => number;
  online: OnlineEvents;
  /** Nobody is there any more to ask. */
  over: AbortSignal;
  /** How long somebody waits for the answer. */
  patienceMs: number;
};

/**
 * Sends what a person asked for and waits for: not ready yet, it waits; unanswered, it is repeated.
 * Only for requests that may be repeated. Rejects with the last error after `patienceMs`,
 * and as soon as the session or the client is over.
 * `onRepeat` is told before a request goes out again, for it may have taken effect already.
 */
export async function command<Name extends ClientEventName>(
  { connection, clock, random, online, over, patienceMs }: CommandsParts,
  name: Name,
  request: RequestOf<Name>,
  onRepeat: () => void = () => {},
): Promise<DataOf<Name>> {
  const untilMs = clock.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    await readyBy(untilMs, connection, clock, over);
    try {
      return await connection.request(name, request);
    } catch (caught) {
      const error = MoimError.from(caught);
      const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0);
      if (!error.retryable || clock.now() + waitMs >= untilMs) throw error;
      await pause(waitMs, clock, online, over);
      onRepeat();
    }
  }
}

/** Resolves when the connection is ready; rejects at that time, or when all is over. */
function readyBy(
  untilMs: number,
  connection: Connection,
  clock: Clock,
  over: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const end = () => {
      cancel();
      over.removeEventListener("abort", refuse);
      // The subscription's first call comes before there is anything to unsubscribe.
      queueMicrotask(() => unsubscribe());
    };
    const refuse = () => {
      end();
      reject(new MoimError("unavailable", "not connected"));
    };
    const cancel = clock.after(Math.max(0, untilMs - clock.now()), refuse);
    if (over.aborted) return refuse();
    over.addEventListener("abort", refuse);
    unsubscribe = connection.state.subscribe(({ state }) => {
      if (state !== "ready") return;
      end();
      resolve();
    });
  });
}
