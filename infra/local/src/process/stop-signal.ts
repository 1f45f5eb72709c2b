import { whenLauncherEnds } from "./launcher.ts";

/** One Ctrl-C may arrive twice: from the terminal, and passed on by what started us. */
const SAME_KEY_PRESS_MS = 500;

/**
 * Aborts when somebody wants this process to end: Ctrl-C, `kill`, the terminal closing, the end
 * of the npx or pnpm that started it. A second Ctrl-C ends it at once; the guards of its children then stop what is left.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let abortedAtMs = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!stopping.signal.aborted) {
        abortedAtMs = performance.now();
        stopping.abort();
      } else if (name === "SIGINT" && performance.now() - abortedAtMs > SAME_KEY_PRESS_MS) {
        process.exit(130);
      }
    });
  }
  whenLauncherEnds(() => stopping.abort());
  return stopping.signal;
}
