import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tests/set-up/closing-line.ts";

export default defineConfig({
  test: {
    reporters: ["default", new ClosingLine()],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{packages,services}/*/src/**/*.test.ts", "{infra/local,web}/src/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{packages,services}/*/test/**/*.test.ts", "infra/local/test/**/*.test.ts"],
          globalSetup: ["tests/set-up/services.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["tests/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
