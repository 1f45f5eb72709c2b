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

/**
 * Nothing stands still that could say something late. A node that cannot hear the others compares its sockets with
 * the database every second; half a second more is this machine's share of being busy.
 */
const COMPARED = { signalMs: 1_500, unheededMs: 1_500 };
/** All nodes hear each other: who has left hears nothing from the answer on. */
const AT_ONCE = { allowances: { signalMs: 1_500, unheededMs: 0, healedMs: 5_000 } };
/**
 * Wherever the database answers, 5 s are promised until every member's socket has it or knows that it must
 * fetch. To be there it has, after that, the time of one `room:sync`, and of a second one a second later.
 */
const IN_TIME = { heardMs: 5_000, arrivalMs: 7_000 };
const PROMISED = { allowances: { ...COMPARED, ...IN_TIME } };
/**
 * Redis is disposable: while it is gone, sends are acknowledged and the same node's sockets served; an invitation waits for other nodes, but not for long.
 */
const GOES_ON = {
  allowances: {
    ...{ ...COMPARED, ...IN_TIME, liveMs: 2_000 },
    ...{ isAcknowledging: true, answerMs: 5_000 },
  },
};
/** Without the database `unavailable` comes within 5 s, and sockets stay; once it answers, what was lost is found. */
const STAYS = { allowances: { answerMs: 5_000, isConnected: true, healedMs: 5_000 } };
const PROMISED_AT_ONCE = { allowances: { ...AT_ONCE.allowances, ...IN_TIME } };

/** Each fault by itself. */
export const SINGLES: readonly Scenario[] = [
  single("node killed", 1_000, PROMISED),
  single("node dies between commit and announcement", 500, PROMISED, 2),
  single("node stopped", 20_000, { allowances: { isAcknowledging: true } }),
  single("rolling restart", 0, PROMISED),
  single("redis killed, restarted empty", 3_000, GOES_ON),
  single("redis paused", 3_000, GOES_ON),
  single("redis cut off from one node", 4_000, GOES_ON),
  single("redis refuses one node", 3_000, GOES_ON),
  single("subscription silently dead", 4_000, GOES_ON),
  single("postgres killed", 1_000, STAYS),
  single("postgres restarted", 500, STAYS),
  single("postgres paused", 4_000, STAYS),
  single("connection cut in mid-commit", 2_000, STAYS),
  single("too many connections", 2_000, STAYS),
  single("disk of the write-ahead log full", 1_500, {
    ...STAYS,
    problem: ({ smallDisk }) =>
      smallDisk instanceof SmallDisk ? undefined : "no small disk can be mounted here",
  }),
  {
    name: "auth down",
    loadMs: 11_000,
    // When everybody needs it: tokens are renewed after eight seconds, and begun when people gather.
    schedule: (random) => [{ fault: "auth down", atMs: 4_500, lastMs: 4_000, pick: random() }],
    allowances: { ...PROMISED_AT_ONCE.allowances, isConnected: true },
  },
  {
    name: "signing keys rotated",
    loadMs: 12_000,
    // Until tokens are renewed, which is every eight seconds, by a key that auth has come to know of in five.
    schedule: (random) => [
      { fault: "signing keys rotated", atMs: 500, lastMs: 15_000, pick: random() },
    ],
    ...PROMISED_AT_ONCE,
  },
  {
    name: "nginx reloaded",
    loadMs: 10_000,
    // Beside others: when their tokens have run out on the sockets that they have, and auth is there again.
    schedule: (random) =>
      [5_000, 7_000].map((atMs) => {
        return { fault: "nginx reloaded", atMs, lastMs: 1_000, pick: random() };
      }),
    ...PROMISED_AT_ONCE,
  },
  single("answers dropped after the commit", 2_500, AT_ONCE),
  single("half-open sockets", 12_000, AT_ONCE),
  single("frozen readers", 5_000, { padding: 3_000, ...AT_ONCE }),
  single("5 % loss and 300 ms delay", 6_000, AT_ONCE),
  single("reconnect storm", 4_000, AT_ONCE),
  single("sign-out while sending", 500, AT_ONCE, 2),
  {
    name: "duplicated tabs",
    hasTwoTabs: true,
    // Both tabs share what one person may send in a second.
    pauseMs: 300,
    burst: 4,
    loadMs: 6_000,
    schedule: () => [{ fault: "reconnect storm", atMs: 2_000, lastMs: 1_500, pick: 0 }],
    ...AT_ONCE,
  },
  {
    name: "clocks ten minutes wrong",
    skewsMs: [0, 600_000, -600_000, 600_000, -600_000],
    loadMs: 13_000,
    schedule: () => [{ fault: "reconnect storm", atMs: 3_000, lastMs: 1_500, pick: 0 }],
    ...AT_ONCE,
  },
  {
    name: "tokens run out in mid-burst",
    expiringSeconds: [4, 6, 8],
    burst: 15,
    pauseMs: 300,
    loadMs: 13_000,
    schedule: () => [],
    ...PROMISED_AT_ONCE,
  },
];
