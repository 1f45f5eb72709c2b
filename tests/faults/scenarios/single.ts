import type { Strike } from "../faults/fault.ts";
import { SmallDisk } from "../faults/small-disk.ts";
import type { Scenario } from "./scenario.ts";

/** People talk for a moment, then it strikes, then they talk on. */
const BEFORE_MS = 1_000;
const AFTER_MS = 1_000;

type More = Omit<Partial<Scenario>, "name" | "schedule">;

/** One fault, so often, one after the other, on whatever the dice pick. */
function single(fault: string, lastMs: number, more: More = {}, times = 1): Scenario {
  const everyMs = lastMs + 1_000;
  return {
    name: fault,
    loadMs: BEFORE_MS + times * everyMs + AFTER_MS,
    schedule: (random) =>
      Array.from({ length: times }, (_, index): Strike => {
        return { fault, atMs: BEFORE_MS + index * everyMs, lastMs, pick: random() };
      }),
    ...more,
  };
}

/** 5 s are promised wherever the database answers; the rest is this machine's share of being busy. */
const PROMISED = { allowances: { arrivalMs: 7_000 } };

/** Each fault by itself. */
export const SINGLES: readonly Scenario[] = [
  single("node killed", 1_000, PROMISED),
  single("node dies between commit and announcement", 500, PROMISED, 2),
  single("node stopped", 20_000),
  single("rolling restart", 0, PROMISED),
  single("redis killed, restarted empty", 1_500, PROMISED),
  single("redis paused", 3_000, PROMISED),
  single("redis cut off from one node", 4_000, PROMISED),
  single("redis refuses one node", 3_000, PROMISED),
  single("subscription silently dead", 4_000, PROMISED),
  single("postgres killed", 1_000),
  single("postgres restarted", 500),
  single("postgres paused", 4_000),
  single("connection cut in mid-commit", 2_000),
  single("too many connections", 2_000),
  single("disk of the write-ahead log full", 1_500, {
    problem: ({ smallDisk }) =>
      smallDisk instanceof SmallDisk ? undefined : "no small disk can be mounted here",
  }),
  single("auth down", 3_000, PROMISED),
  single("signing keys rotated", 0, PROMISED, 2),
  single("nginx reloaded", 1_000, PROMISED, 2),
  single("answers dropped after the commit", 2_500),
  single("half-open sockets", 12_000),
  single("frozen readers", 5_000, { padding: 3_000 }),
  single("5 % loss and 300 ms delay", 6_000),
  single("reconnect storm", 4_000),
  single("sign-out while sending", 500, {}, 2),
  {
    name: "duplicated tabs",
    hasTwoTabs: true,
    // Both tabs share what one person may send in a second.
    pauseMs: 300,
    burst: 4,
    loadMs: 6_000,
    schedule: () => [{ fault: "reconnect storm", atMs: 2_000, lastMs: 1_500, pick: 0 }],
  },
  {
    name: "clocks ten minutes wrong",
    skewsMs: [0, 600_000, -600_000, 600_000, -600_000],
    loadMs: 13_000,
    schedule: () => [{ fault: "reconnect storm", atMs: 3_000, lastMs: 1_500, pick: 0 }],
  },
  {
    name: "tokens run out in mid-burst",
    expiringSeconds: [4, 6, 8],
    burst: 15,
    pauseMs: 300,
    loadMs: 13_000,
    schedule: () => [],
    ...PROMISED,
  },
];
