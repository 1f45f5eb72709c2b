import { join } from "node:path";
import { releaseLock, takeLock } from "../process/lock-file.ts";
import { StartFailure } from "../process/start-failure.ts";
import { StopList } from "../process/stop-list.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { readStartSettings, type StartSettings } from "../start/settings.ts";
import { startMoim } from "../start/start-moim.ts";
import { say, seconds } from "../terminal.ts";

/** `pnpm start`: a whole Moim in one terminal, until Ctrl-C. */
export async function run(): Promise<number> {
  const requested = stopSignal();
  const settings = readStartSettings(process.env);
  const address = `http://localhost:${settings.port}`;
  const lock = join(settings.dataFolder, "lock");
  const holder = takeLock(lock, address);
  if (holder) {
    throw new StartFailure(`Moim is running here already, at ${holder.note} (pid ${holder.pid})`);
  }
  try {
    return await runUntilStopped(settings, address, requested);
  } finally {
    releaseLock(lock);
  }
}

async function runUntilStopped(
  settings: StartSettings,
  address: string,
  requested: AbortSignal,
): Promise<number> {
  const stopping = new AbortController();
  let lost: StartFailure | undefined;
  const stopped = new Promise<void>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve()),
  );
  requested.addEventListener("abort", () => stopping.abort());
  if (requested.aborted) stopping.abort();

  const started = new StopList();
  const startMs = performance.now();
  try {
    await startMoim({
      settings,
      started,
      stopping: stopping.signal,
      onLost(failure) {
        lost ??= failure;
        stopping.abort();
      },
    });
    say("");
    say(`  Moim is ready: ${address}   (${seconds(performance.now() - startMs)})`);
    say(`  Data and logs are in ${settings.dataFolder}. Ctrl-C stops everything.`);
    say("");
    await stopped;
    if (requested.aborted) say("Stopping …");
  } catch (error) {
    // A start that was called off fails wherever it happened to be.
    if (!stopping.signal.aborted) throw error;
  } finally {
    stopping.abort();
    await started.stopAll();
  }
  if (lost) throw lost;
  if (requested.aborted) say("Stopped.");
  return 0;
}
