import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What listens in one process, after its garbage was collected. */
export type ListenerCounts = {
  /** Event emitters with at least a place for listeners, and all their listeners. */
  emitters: number;
  listeners: number;
  /** On one event of one emitter, and which that is. */
  most: number;
  mostOf: string;
  /** The same by the name of the emitters' class. */
  classes: Readonly<Record<string, { emitters: number; listeners: number }>>;
  /** On abort signals and whatever else is an `EventTarget`. */
  signalListeners: number;
};

const PRELOADED = fileURLToPath(new URL("./count-listeners.cjs", import.meta.url));
const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** A folder in which services write down what listens to what, when they are asked. */
export class ListenerCounter {
  readonly #folder = mkdtempSync(join(tmpdir(), "moim-listeners-"));

  /** For the services to be started with. */
  get environment(): NodeJS.ProcessEnv {
    return { NODE_OPTIONS: `--require ${PRELOADED}`, MOIM_LISTENER_COUNTS: this.#folder };
  }

  async countOf(pid: number): Promise<ListenerCounts> {
    const file = join(this.#folder, `${pid}.json`);
    rmSync(file, { force: true });
    process.kill(pid, "SIGUSR2");
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      const written = contentsOf(file);
      if (written !== undefined) return JSON.parse(written) as ListenerCounts;
      if (Date.now() > deadline) throw new Error(`process ${pid} did not count its listeners`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function contentsOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
