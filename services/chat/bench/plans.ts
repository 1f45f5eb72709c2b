import { createLogger, runMain } from "@moim/service";
import { explainedDatabase } from "../test/support/explained.ts";
import { hotQueries } from "../test/support/hot-queries.ts";
import { startBenchDatabase } from "./bench-database.ts";
import { LARGE, seedDatabase } from "./seed-database.ts";

/* Prints EXPLAIN (ANALYZE, BUFFERS) of the hot queries at a million messages in 10,000 rooms. */

const logger = createLogger({ service: "bench" }, "error", process.stderr);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

runMain(async () => {
  const bench = await startBenchDatabase(logger);
  try {
    const seeded = await seedDatabase(bench.url, LARGE);
    const explained = await explainedDatabase(bench.url, { format: "text" });
    for (const { name, run } of await hotQueries(bench.pool, seeded)) {
      // Twice, so that the second finds in memory what a busy database would have there.
      await explained.explain(run);
      print(`\n## ${name}`);
      for (const { text } of await explained.explain(run)) print(`\n${text}`);
    }
    await explained.close();
  } finally {
    await bench.stop();
  }
});
