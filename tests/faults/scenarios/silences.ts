import { ANNOUNCE_NOTHING } from "../faults/fail-points.ts";
import type { Scenario } from "./scenario.ts";

/** Longer than the 5 s within which everybody must have heard. */
const SILENT_MS = 6_000;

/** People talk, then one word is said while something is broken, and nothing follows it that would tell of it. */
export const SILENCE = {
  loadMs: 1_500,
  silence: { lastsMs: SILENT_MS },
  allowances: { signalMs: 1_500, unheededMs: 1_500, heardMs: 5_000, arrivalMs: 6_000 },
} satisfies Partial<Scenario>;

function brokenMeanwhile(name: string, fault: string): Scenario {
  return {
    ...SILENCE,
    name,
    schedule: (random) => [{ fault, atMs: 0, lastMs: SILENT_MS + 1_500, pick: random() }],
  };
}

export const SILENCES: readonly Scenario[] = [
  {
    ...SILENCE,
    name: "announcements lost, then silence",
    silence: { failPoints: [ANNOUNCE_NOTHING], lastsMs: SILENT_MS },
    schedule: () => [],
  },
  brokenMeanwhile("redis cut off from one node, then silence", "redis cut off from one node"),
  brokenMeanwhile("subscription silently dead, then silence", "subscription silently dead"),
];
