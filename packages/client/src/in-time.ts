import type { Clock } from "./clock.ts";

/** For what may stay open for ever, as a request to a broken database: rejects after `timeoutMs`. */
export function inTime<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  clock: Clock,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error("nothing came in time")));
    work.then(resolve, reject).finally(cancel);
  });
}
