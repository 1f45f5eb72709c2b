import type { FromWorker, Tasks, ToWorker } from "./worker-pool.ts";

export type TaskHandlers<Names extends Tasks, Report> = {
  [Name in keyof Names]: (
    request: Names[Name]["request"],
    report: (report: Report) => void,
  ) => Promise<Names[Name]["answer"]> | Names[Name]["answer"];
};

/** Answers what the pool asks of this process, which ends with the one that has started it. */
export function serveTasks<Names extends Tasks, Report>(
  handlers: TaskHandlers<Names, Report>,
): void {
  const tell = (message: FromWorker) => {
    process.send?.(message);
  };
  const report = (value: Report) => tell({ kind: "report", report: value });
  process.on("message", ({ id, task, request }: ToWorker) => {
    const handler = handlers[task];
    Promise.resolve()
      .then(() => {
        if (handler === undefined) throw new Error(`no task ${task}`);
        return handler(request, report);
      })
      .then(
        (answer) => tell({ id, kind: "answer", answer }),
        (error: unknown) =>
          tell({
            id,
            kind: "failure",
            message: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }),
      );
  });
  process.once("disconnect", () => process.exit());
}
