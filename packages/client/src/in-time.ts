import type { Clock } from "./clock.ts";

/** Some browsers leave a request to a broken database open for ever: rejects after `timeoutMs`. */
export function inTime<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  clock: Clock,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error("storage hangs")));
    work.then(resolve, reject).finally(cancel);
  });
}
