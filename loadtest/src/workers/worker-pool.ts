import { type ChildProcess, fork } from "node:child_process";

/** What one process of the pool is asked, by name, with its answer. */
export type Tasks = Record<string, { request: unknown; answer: unknown }>;

/** `ask` to the worker; `answer`, `failure` and `report` from it. */
export type ToWorker = { id: number; task: string; request: unknown };
export type FromWorker =
  | { id: number; kind: "answer"; answer: unknown }
  | { id: number; kind: "failure"; message: string }
  | { kind: "report"; report: unknown };

type Waiting = { resolve(answer: unknown): void; reject(error: Error): void };

/**
 * Processes that run `module` (which calls `serveTasks`), each with an event loop and a heap of its own.
 * They end with this one. Requests and answers are structured clones: typed arrays and maps pass.
 */
export class WorkerPool<Names extends Tasks, Report> {
  readonly #workers: Worker<Report>[];

  constructor(module: URL, count: number, onReport: (report: Report, worker: number) => void) {
    this.#workers = Array.from(
      { length: count },
      (_, index) => new Worker<Report>(module, (report) => onReport(report, index)),
    );
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Rejects when the task fails or its process dies. */
  ask<Name extends keyof Names & string>(
    worker: number,
    task: Name,
    request: Names[Name]["request"],
  ): Promise<Names[Name]["answer"]> {
    const asked = this.#workers[worker];
    if (asked === undefined) throw new Error(`there is no worker ${worker}`);
    return asked.ask(task, request);
  }

  /** The same of each, with a request of its own. */
  askAll<Name extends keyof Names & string>(
    task: Name,
    requestOf: (worker: number) => Names[Name]["request"],
  ): Promise<Names[Name]["answer"][]> {
    return Promise.all(
      this.#workers.map((_, index) => this.ask<Name>(index, task, requestOf(index))),
    );
  }

  /** At once. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

class Worker<Report> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isOver = false;

  constructor(module: URL, onReport: (report: Report) => void) {
    this.#child = fork(module, {
      execArgv: ["--import", "tsx", "--max-semi-space-size=64"],
      serialization: "advanced",
      // Ctrl-C is for the coordinator, which lets everybody say goodbye.
      detached: true,
    });
    this.#child.on("message", (message: FromWorker) => {
      if (message.kind === "report") onReport(message.report as Report);
      else this.#settle(message);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#fail(error.message));
      this.#child.once("exit", (code, signal) => {
        this.#fail(`a worker has ended (${signal ?? code})`);
        resolve();
      });
    });
  }

  ask(task: string, request: unknown): Promise<never> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(new Error("the worker has ended"));
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#child.send({ id, task, request } satisfies ToWorker);
    });
  }

  async stop(): Promise<void> {
    if (!this.#isOver) this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #settle(message: Exclude<FromWorker, { kind: "report" }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.answer);
    else waiting?.reject(new Error(message.message));
  }

  #fail(why: string): void {
    this.#isOver = true;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}
