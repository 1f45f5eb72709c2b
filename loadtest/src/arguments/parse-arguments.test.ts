import { expect, it } from "vitest";
import { parseCommand } from "./parse-arguments.ts";
import { checkThreshold, parseThreshold } from "./thresholds.ts";

const parse = (line: string) => parseCommand(line.split(" ").filter(Boolean));

it("reads a run with everything", () => {
  const command = parse(
    "run -- --scenario rooms --users 1000 --rooms 50 --members 20 --rate 2000 --payload 128 --ramp 2s " +
      "--duration 1.5m --seed 9 --workers 4 --nodes 3 --via nodes --kill-node 10s --kill-node 20s " +
      "--restart-redis 15s --rolling-restart 30s --expire-tokens 5s --threshold delivery.p99<100ms",
  );
  expect(command).toMatchObject({
    name: "run",
    options: {
      scenario: "rooms",
      users: 1_000,
      rooms: 50,
      rampMs: 2_000,
      durationMs: 90_000,
      nodes: 3,
      via: "nodes",
      faults: { killNode: [10_000, 20_000], restartRedis: [15_000], rollingRestart: [30_000] },
      expireTokensMs: 5_000,
      thresholds: [{ path: "delivery.p99", comparison: "<", value: 100 }],
    },
  });
});

it("reads the other commands", () => {
  expect(parse("sweep --nodes 1,2,4")).toMatchObject({ name: "sweep", nodeCounts: [1, 2, 4] });
  expect(parse("sweep")).toMatchObject({ nodeCounts: [1, 2, 4] });
  expect(parse("capacity --hold delivery.p99<50ms --trial 3s")).toMatchObject({
    options: { hold: { path: "delivery.p99", value: 50 }, trialMs: 3_000 },
  });
  expect(parse("compare a.json b.json")).toEqual({ name: "compare", files: ["a.json", "b.json"] });
  expect(parse("")).toEqual({ name: "help" });
});

it.each([
  ["walk", "no command walk"],
  ["run --scenario chaos", "--scenario chaos"],
  ["run --users 1", "--users 1"],
  ["run --users 1.5", "--users 1.5"],
  ["run --rate many", "--rate many"],
  ["run --duration 30", "--duration 30"],
  ["run --payload 4001", "--payload 4001"],
  ["run --users 10 --rate 101", "10 users may send 100"],
  ["run --url http://example.org", "--users-file"],
  ["run --url http://example.org --users-file u --kill-node 1s", "cluster of our own"],
  ["run --users-file u", "needs --url"],
  ["run --client package --scenario slow-consumers", "always reads"],
  ["run --threshold p99", "--threshold p99"],
  ["run --speed 5", "--speed"],
  ["sweep --nodes 1,zero", "--nodes zero"],
  ["compare a.json", "usage: compare"],
])("says in one line what is wrong with %j", (line, message) => {
  expect(() => parse(line)).toThrow(message);
});

it("measures thresholds, and holds none whose number does not exist", () => {
  const results = { delivery: { p99: 80 }, verdict: { lost: 0 } };
  expect(checkThreshold(parseThreshold("delivery.p99 < 100ms"), results).holds).toBe(true);
  expect(checkThreshold(parseThreshold("delivery.p99<80"), results).holds).toBe(false);
  expect(checkThreshold(parseThreshold("delivery.p99<=80"), results).holds).toBe(true);
  expect(checkThreshold(parseThreshold("delivery.p99>=81"), results).holds).toBe(false);
  expect(checkThreshold(parseThreshold("delivry.p99<100"), results)).toMatchObject({
    measured: undefined,
    holds: false,
  });
});
