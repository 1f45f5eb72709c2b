/** Time as the service uses it, passed in so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Timers do not keep the process alive: sockets and servers do. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** Calls `task` again and again, `intervalMs` after it has finished. The returned function ends it. */
export function repeat(clock: Clock, intervalMs: number, task: () => Promise<void>): () => void {
  let isStopped = false;
  let cancel: () => void = () => {};
  const schedule = () => {
    if (isStopped) return;
    cancel = clock.after(intervalMs, () => void task().then(schedule, schedule));
  };
  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}
