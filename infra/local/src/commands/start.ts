import { join } from "node:path";
import { type Gateway, startGateway } from "../gateway/start-gateway.ts";
import { type LockHolder, lockHolder, releaseLock, takeLock } from "../process/lock-file.ts";
import { StartFailure } from "../process/start-failure.ts";
import { StopList } from "../process/stop-list.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { readStartSettings, type StartSettings } from "../start/settings.ts";
import { startMoim } from "../start/start-moim.ts";
import { say, seconds } from "../terminal.ts";
import { writableFolder } from "../writable-folder.ts";

/** `pnpm start`: a whole Moim in one terminal, until Ctrl-C. */
export async function run(): Promise<number> {
  const requested = stopSignal();
  const settings = readStartSettings(process.env);
  const address = `http://localhost:${settings.port}`;
  const lock = join(settings.dataFolder, "lock");
  // Asked before the port, which the Moim that runs here is using.
  refuseIfHeld(lockHolder(lock));
  // Opened before anything is written: a start that is refused leaves nothing behind.
  const gateway = await startGateway(settings.port);
  try {
    writableFolder(settings.dataFolder, "the data folder");
    writableFolder(join(settings.dataFolder, "logs"), "the log folder");
    refuseIfHeld(takeLock(lock, address));
    return await runUntilStopped({ settings, gateway, address, requested });
  } finally {
    await gateway.stop();
    releaseLock(lock);
  }
}

function refuseIfHeld(holder: LockHolder | undefined): void {
  if (holder) {
    throw new StartFailure(`Moim is running here already, at ${holder.note} (pid ${holder.pid})`);
  }
}

interface Run {
  readonly settings: StartSettings;
  readonly gateway: Gateway;
  readonly address: string;
  readonly requested: AbortSignal;
}

async function runUntilStopped({ settings, gateway, address, requested }: Run): Promise<number> {
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
      gateway,
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
