import { setTimeout as delay } from "node:timers/promises";
import type { GuardedProcess } from "./guarded-process.ts";
import { StartFailure } from "./start-failure.ts";

const PROBE_EVERY_MS = 40;
const LAST_WORDS_CHARACTERS_MAX = 300;

/**
 * Waits until `ready` answers true. Rejects with a `StartFailure` that ends with the last line of
 * its log when the process ends first or `timeoutMs` pass; the process is then killed.
 */
export async function waitUntilReady(
  name: string,
  child: GuardedProcess,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (child.exit() === undefined) {
    // The port may be another program's, which never answers: the child's end decides sooner.
    const isReady = await Promise.race([ready().catch(() => false), child.exited]);
    if (isReady === true) return;
    if (Date.now() > deadlineMs) {
      child.kill("SIGKILL");
      await child.exited;
      throw new StartFailure(
        `${name} was not ready after ${timeoutMs / 1000} s${lastWords(child)}`,
      );
    }
    await delay(PROBE_EVERY_MS);
  }
  const exit = child.exit();
  const how = exit?.signal ? `signal ${exit.signal}` : `exit code ${exit?.code}`;
  throw new StartFailure(`${name} did not start (${how})${lastWords(child)}`);
}

/** The line it ended on is nearly always the reason. */
function lastWords(child: GuardedProcess): string {
  const line = child.lastLines(1)[0];
  return line === undefined ? "" : `: ${line.trim().slice(0, LAST_WORDS_CHARACTERS_MAX)}`;
}
