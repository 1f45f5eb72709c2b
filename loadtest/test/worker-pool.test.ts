import { afterEach, expect, it } from "vitest";
import { WorkerPool } from "../src/workers/worker-pool.ts";

type Names = {
  double: { request: Float64Array; answer: Float64Array };
  fail: { request: string; answer: never };
  die: { request: null; answer: never };
};

let pool: WorkerPool<Names, number> | undefined;
afterEach(() => pool?.stop());

it("asks each process, hears what they report, and learns of failures and deaths", async () => {
  const reports: [number, number][] = [];
  const module = new URL("./support/example-worker.ts", import.meta.url);
  pool = new WorkerPool(module, 2, (report, worker) => reports.push([worker, report]));
  const answers = await pool.askAll("double", (worker) => new Float64Array([worker, 0.5]));
  expect(answers).toEqual([new Float64Array([0, 1]), new Float64Array([2, 1])]);
  expect(reports.sort()).toEqual([
    [0, 2],
    [1, 2],
  ]);
  await expect(pool.ask(0, "fail", "as told")).rejects.toThrow("as told");
  await expect(pool.ask(1, "die", null)).rejects.toThrow("ended (7)");
  await expect(pool.ask(1, "fail", "late")).rejects.toThrow("ended");
  expect(await pool.ask(0, "double", new Float64Array([4]))).toEqual(new Float64Array([8]));
});
