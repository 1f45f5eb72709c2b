import { configDefaults, defineConfig } from "vitest/config";
import { ClosingLine } from "./tests/set-up/closing-line.ts";
import { LongestFirst } from "./tests/set-up/longest-first.ts";
import { compileRunes } from "./web/build/compile-runes.ts";

const COMPOSE = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // Each test goes on from where the one before it left the installation.
  bail: 1,
};

/** Of what tests are made of and of what is written down: they start nothing. */
const PURE_TESTS = [
  "tests/faults/{history,report,scenarios,shrink}/*.test.ts",
  "tests/{docs,measure}/*.test.ts",
];

export default defineConfig({
  test: {
    reporters: ["default", new ClosingLine()],
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // For whatever is waited for: what comes costs nothing by it, and a machine may be busy with other things.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        plugins: [compileRunes()],
        test: {
          name: "unit",
          // They change nothing that others see, and most of their time would go into loading the same modules.
          isolate: false,
          // Only against hanging: they wait for nothing, but a machine may be busy with other things.
          testTimeout: 60_000,
          include: [
            "{packages,services}/*/src/**/*.test.ts",
            "{infra/local,web,loadtest}/src/**/*.test.ts",
            ...PURE_TESTS,
          ],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{packages,services}/*/test/**/*.test.ts", "infra/local/test/**/*.test.ts"],
          globalSetup: ["tests/set-up/services.ts"],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["{tests,loadtest/test}/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "tests/compose/**", "tests/idle/**", ...PURE_TESTS],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Waits and does nothing else, so `pnpm test` runs it beside the others.
        extends: true,
        test: {
          name: "idle",
          include: ["tests/idle/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Needs a docker engine: `pnpm test:compose`.
        extends: true,
        test: { name: "compose", include: ["tests/compose/*.test.ts"], ...COMPOSE },
      },
      {
        // The same, for the night: `pnpm test:compose --long`.
        extends: true,
        test: { name: "compose-long", include: ["tests/compose/long/*.test.ts"], ...COMPOSE },
      },
    ],
  },
});
