import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { between, type Histogram, readHistogram } from "../bench/servers/readings.ts";

/** What a node shows of commits that took so long. */
function page(upTo: Record<string, number>, sum: number): string {
  const bounds = Object.entries(upTo);
  const count = bounds.at(-1)?.[1] ?? 0;
  return [
    "# TYPE moim_commit_seconds histogram",
    ...bounds.map(([bound, number]) => `moim_commit_seconds_bucket{le="${bound}"} ${number}`),
    `moim_commit_seconds_bucket{le="+Inf"} ${count}`,
    `moim_commit_seconds_sum ${sum}`,
    `moim_commit_seconds_count ${count}`,
  ].join("\n");
}

it("a histogram is read over all nodes, and told for the time between two readings", async () => {
  const pages = [page({ "0.001": 90, "0.01": 100 }, 0.2), page({ "0.001": 10, "0.01": 100 }, 0.8)];
  const server = createServer((_, response) => response.end(pages.shift()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const read = await readHistogram([port, port], "moim_commit_seconds");
  server.close();
  expect([...read.upTo]).toEqual([
    [0.001, 100],
    [0.01, 200],
  ]);
  expect([read.count, read.sum]).toEqual([200, 1]);
  expect(between(undefined, read, 0.5)).toEqual({ mean: 0.005, under: 0.001 });
  expect(between(undefined, read, 0.51)).toEqual({ mean: 0.005, under: 0.01 });
});

it("what lies over the last bound is under none", () => {
  const histogram = (under: number, count: number): Histogram => ({
    upTo: new Map([[5, under]]),
    count,
    sum: 2 * count,
  });
  expect(between(histogram(10, 10), histogram(110, 111), 0.99).under).toBe(5);
  expect(between(histogram(10, 10), histogram(20, 30), 0.99).under).toBe(Number.POSITIVE_INFINITY);
});
