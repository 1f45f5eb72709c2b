import { defineConfig } from "vitest/config";

/** `pnpm --filter @moim/web measure`: how quick the page is, printed as a table. */
export default defineConfig({
  test: {
    include: ["measure/**/*.measure.ts"],
    testTimeout: 900_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
