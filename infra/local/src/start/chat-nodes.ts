import { setTimeout as delay } from "node:timers/promises";
import { StartFailure } from "../process/start-failure.ts";
import { type RunningService, startService } from "../services/service-process.ts";
import { say } from "../terminal.ts";

/** A node that dies this often within the window is not restarted any more. */
const DEATHS_MAX = 5;
const DEATHS_WINDOW_MS = 60_000;
const RESTART_AFTER_MS = 500;

/** Keeps a number of chat nodes running: one that dies is replaced, and the terminal told. */
export class ChatNodes {
  readonly #running = new Map<string, RunningService>();
  readonly #start: (name: string) => Promise<RunningService>;
  readonly #onGivenUp: (failure: StartFailure) => void;
  #isStopping = false;

  constructor(
    environment: NodeJS.ProcessEnv,
    logFolder: string,
    onGivenUp: (failure: StartFailure) => void,
  ) {
    this.#start = (name) =>
      startService({
        name,
        service: "chat",
        environment: { ...environment, NODE_ID: name },
        logFolder,
      });
    this.#onGivenUp = onGivenUp;
  }

  /** The ports of the nodes that accept connections now. */
  ports(): number[] {
    return [...this.#running.values()].map((node) => node.port);
  }

  /** Resolves when all are ready; when one cannot be started, rejects after the others have. */
  async start(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `chat-${index + 1}`);
    const results = await Promise.allSettled(
      names.map(async (name) => this.#keep(await this.#start(name), [])),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#running.values()].map((node) => node.stop()));
  }

  #keep(node: RunningService, deathsAtMs: readonly number[]): void {
    this.#running.set(node.name, node);
    void node.process.exited.then((exit) => {
      this.#running.delete(node.name);
      if (this.#isStopping) return;
      const how = exit.signal ?? `exit code ${exit.code}`;
      for (const line of node.process.lastLines(5)) say(`    ${line}`);
      say(`  ! ${node.name} ended (${how}) and is started again`);
      void this.#replace(node.name, [...deathsAtMs, Date.now()]);
    });
  }

  async #replace(name: string, deathsAtMs: readonly number[]): Promise<void> {
    const recent = deathsAtMs.filter((atMs) => Date.now() - atMs < DEATHS_WINDOW_MS);
    try {
      if (recent.length >= DEATHS_MAX) throw new StartFailure(`${name} keeps ending`);
      await delay(RESTART_AFTER_MS);
      if (this.#isStopping) return;
      const node = await this.#start(name);
      this.#keep(node, recent);
      if (this.#isStopping) await node.stop();
      else say(`  ✓ ${name} runs again`);
    } catch (error) {
      if (!this.#isStopping) {
        this.#onGivenUp(error instanceof StartFailure ? error : new StartFailure(String(error)));
      }
    }
  }
}
