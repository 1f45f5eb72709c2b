import { defineConfig } from "vitest/config";

/** `pnpm --filter @moim/tests pictures`: photographs of every screen, to be looked at. */
export default defineConfig({
  test: {
    include: ["pictures/**/*.pictures.ts"],
    testTimeout: 900_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
