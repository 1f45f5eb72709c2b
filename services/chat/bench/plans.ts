import { createLogger, runMain } from "@moim/service";
import { explainedDatabase } from "../test/support/explained.ts";
import { hotQueries } from "../test/support/hot-queries.ts";
import { startBenchDatabase } from "./bench-database.ts";
import { LARGE, seedDatabase } from "./seed-database.ts";

/*
 * Prints what EXPLAIN (ANALYZE, BUFFERS) says of the hot queries at a million messages in 10,000 rooms,
 * shortened to the ways by which rows are found.
 */

const logger = createLogger({ service: "bench" }, "error", process.stderr);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Without estimates, long lists of ids, and what does not say by which way rows were found. */
function shortened(plan: string): string {
  const [first = "", buffers = "", ...rest] = plan
    .replace(/'\{[^']{80,}\}'/g, "'{…}'")
    .replace(/ {2}\(cost=[^)]*\) \(actual/g, "  (actual")
    .split("\n");
  return [first, buffers, ...rest.filter((line) => !NOISE.test(line))].join("\n");
}

const NOISE =
  /^ *(Buffers|Buckets|Storage|Cache|Hits|Heap Blocks|Heap Fetches|Index Searches|Full-sort|Pre-sorted|Presorted|Sort Method|Window|Recheck Cond|Rows Removed)\b/;

runMain(async () => {
  const bench = await startBenchDatabase(logger);
  try {
    const seeded = await seedDatabase(bench.url, LARGE);
    const explained = await explainedDatabase(bench.url, { format: "text" });
    for (const { name, run } of await hotQueries(bench.pool, seeded)) {
      // Twice, so that the second finds in memory what a busy database would have there.
      await explained.explain(run);
      print(`\n## ${name}`);
      for (const { text } of await explained.explain(run)) print(`\n${shortened(text)}`);
    }
    await explained.close();
  } finally {
    await bench.stop();
  }
});
