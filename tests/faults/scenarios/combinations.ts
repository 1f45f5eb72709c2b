import { FAULTS } from "../faults/all.ts";
import type { Strike } from "../faults/fault.ts";
import type { Scenario } from "./scenario.ts";

/** What may come together, and how long each lasts at most. Two of one resource wait for each other. */
const MIXED: readonly (readonly [fault: string, lastMsMax: number])[] = [
  ["node killed", 1_500],
  ["node dies between commit and announcement", 800],
  ["node stopped", 3_000],
  ["redis killed, restarted empty", 2_000],
  ["redis paused", 2_500],
  ["redis cut off from one node", 3_000],
  ["redis refuses one node", 2_500],
  ["subscription silently dead", 1_000],
  ["postgres killed", 1_000],
  ["postgres restarted", 800],
  ["postgres paused", 2_500],
  ["connection cut in mid-commit", 1_500],
  ["auth down", 2_000],
  ["signing keys rotated", 6_000],
  ["nginx reloaded", 500],
  ["answers dropped after the commit", 2_000],
  ["half-open sockets", 3_000],
  ["frozen readers", 3_000],
  ["5 % loss and 300 ms delay", 3_000],
  ["reconnect storm", 2_100],
];
const BEFORE_MS = 1_000;

/** So many faults within so long a time, as the dice fall: what, when, on whom, how long. */
export function combination(name: string, faults: number, withinMs: number): Scenario {
  return {
    name,
    loadMs: BEFORE_MS + withinMs + 1_500,
    skewsMs: [0, 0, 90_000],
    mayMiss: true,
    schedule: (random) =>
      Array.from({ length: faults }, () => strike(random, withinMs)).sort(
        (a, b) => a.atMs - b.atMs,
      ),
  };
}

function strike(random: () => number, withinMs: number): Strike {
  const [fault, lastMsMax] = MIXED[Math.floor(random() * MIXED.length)] ?? ["node killed", 1_000];
  if (!FAULTS.has(fault)) throw new Error(`no fault is called ${fault}`);
  return {
    fault,
    atMs: Math.round(BEFORE_MS + random() * withinMs),
    lastMs: Math.round(lastMsMax * (0.4 + 0.6 * random())),
    pick: random(),
  };
}
