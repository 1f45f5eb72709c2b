import { parseArgs } from "node:util";
import { LIMITS } from "@moim/protocol";
import { SCENARIOS, type ScenarioName } from "../scenarios/plan.ts";
import { parseThreshold, type Threshold } from "./thresholds.ts";
import { UsageError } from "./usage-error.ts";

/** Milliseconds after the load begins. */
export type FaultTimes = {
  killNode: readonly number[];
  restartRedis: readonly number[];
  rollingRestart: readonly number[];
};

export type RunOptions = {
  scenario: ScenarioName;
  users: number;
  rooms: number | undefined;
  members: number;
  /** Messages a second, of all users together. */
  rate: number;
  /** Bytes of text. */
  payload: number;
  rampMs: number;
  durationMs: number;
  /** After it, answers are waited for so long. */
  settleMs: number;
  seed: number;
  workers: number;
  client: "raw" | "package";
  /** A site that runs already; absent: a cluster of our own. */
  url: string | undefined;
  /** Lines of `mint`; "-" is the standard input. */
  usersFile: string | undefined;
  /** `/metrics` of a site that runs already. */
  metrics: readonly string[];
  nodes: number;
  /** Clients connect to the proxy, or to the nodes in turn. */
  via: "proxy" | "nodes";
  faults: FaultTimes;
  /** Lifetime of access tokens. */
  expireTokensMs: number | undefined;
  thresholds: readonly Threshold[];
  json: string | undefined;
  html: string | undefined;
};

export type CapacityOptions = RunOptions & { hold: Threshold; trialMs: number };

export type Command =
  | { name: "run"; options: RunOptions }
  | { name: "sweep"; options: CapacityOptions; nodeCounts: readonly number[] }
  | { name: "capacity"; options: CapacityOptions }
  | { name: "compare"; files: readonly [string, string] }
  | { name: "help" };

const OPTIONS = {
  scenario: { type: "string", default: "mixed" },
  users: { type: "string", default: "200" },
  rooms: { type: "string" },
  members: { type: "string", default: "20" },
  rate: { type: "string", default: "100" },
  payload: { type: "string", default: "64" },
  ramp: { type: "string" },
  duration: { type: "string", default: "30s" },
  seed: { type: "string", default: "1" },
  workers: { type: "string", default: "2" },
  client: { type: "string", default: "raw" },
  url: { type: "string" },
  "users-file": { type: "string" },
  metrics: { type: "string", multiple: true },
  nodes: { type: "string" },
  via: { type: "string", default: "proxy" },
  "kill-node": { type: "string", multiple: true },
  "restart-redis": { type: "string", multiple: true },
  "rolling-restart": { type: "string", multiple: true },
  "expire-tokens": { type: "string" },
  threshold: { type: "string", multiple: true },
  hold: { type: "string", default: "delivery.p99<100ms" },
  trial: { type: "string", default: "5s" },
  json: { type: "string" },
  html: { type: "string" },
} as const;

const CONNECTS_PER_SECOND = 500;
const NODES_DEFAULT = 2;
/** Whatever is answered is answered within 5 s; a node that was killed is back a few seconds later. */
const SETTLE_MS = 30_000;
const SWEEP_DEFAULT = "1,2,4";
const USERS_MAX = 200_000;

/** Throws `UsageError`. */
export function parseCommand(parameters: readonly string[]): Command {
  const given = parameters.filter((parameter) => parameter !== "--");
  const name = given[0] ?? "help";
  switch (name) {
    case "run":
      return { name, options: runOptions(valuesOf(given.slice(1))) };
    case "capacity":
      return { name, options: capacityOptions(valuesOf(given.slice(1))) };
    case "sweep": {
      const values = valuesOf(given.slice(1));
      const nodeCounts = (values.nodes ?? SWEEP_DEFAULT)
        .split(",")
        .map((text) => wholeNumber("nodes", text, 1, 16));
      if (values.url !== undefined)
        throw new UsageError("sweep starts clusters of its own: no --url");
      return { name, options: capacityOptions({ ...values, nodes: undefined }), nodeCounts };
    }
    case "compare": {
      const [before, after] = given.slice(1);
      if (before === undefined || after === undefined || given.length > 3) {
        throw new UsageError("usage: compare before.json after.json");
      }
      return { name, files: [before, after] };
    }
    case "help":
    case "--help":
    case "-h":
      return { name: "help" };
    default:
      throw new UsageError(`no command ${name}: run, sweep, capacity or compare`);
  }
}

function valuesOf(parameters: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(parameters);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parse(parameters: readonly string[]) {
  return parseArgs({ args: [...parameters], options: OPTIONS, allowPositionals: false }).values;
}

function runOptions(values: ReturnType<typeof parse>): RunOptions {
  const users = wholeNumber("users", values.users, 2, USERS_MAX);
  const options: RunOptions = {
    scenario: oneOf("scenario", values.scenario, Object.keys(SCENARIOS) as ScenarioName[]),
    users,
    rooms: values.rooms === undefined ? undefined : wholeNumber("rooms", values.rooms, 1, 100_000),
    members: wholeNumber("members", values.members, 2, LIMITS.groupMembers),
    rate: number("rate", values.rate, 0, 1_000_000),
    payload: wholeNumber("payload", values.payload, 1, LIMITS.textCharacters),
    rampMs: durationMs("ramp", values.ramp ?? `${Math.max(users / CONNECTS_PER_SECOND, 0.2)}s`),
    durationMs: durationMs("duration", values.duration),
    settleMs: SETTLE_MS,
    seed: wholeNumber("seed", values.seed, 0, 2 ** 31),
    workers: wholeNumber("workers", values.workers, 1, 64),
    client: oneOf("client", values.client, ["raw", "package"]),
    url: values.url,
    usersFile: values["users-file"],
    metrics: values.metrics ?? [],
    nodes: wholeNumber("nodes", values.nodes ?? String(NODES_DEFAULT), 1, 16),
    via: oneOf("via", values.via, ["proxy", "nodes"]),
    faults: {
      killNode: durations("kill-node", values["kill-node"]),
      restartRedis: durations("restart-redis", values["restart-redis"]),
      rollingRestart: durations("rolling-restart", values["rolling-restart"]),
    },
    expireTokensMs:
      values["expire-tokens"] === undefined
        ? undefined
        : durationMs("expire-tokens", values["expire-tokens"]),
    thresholds: (values.threshold ?? []).map(parseThreshold),
    json: values.json,
    html: values.html,
  };
  checkTogether(options);
  return options;
}

function capacityOptions(values: ReturnType<typeof parse>): CapacityOptions {
  return {
    ...runOptions(values),
    hold: parseThreshold(values.hold),
    trialMs: durationMs("trial", values.trial),
  };
}

/** What each option allows by itself may still be impossible together. */
function checkTogether(options: RunOptions): void {
  const { users, rate, url, usersFile, faults, expireTokensMs, client, scenario } = options;
  if (rate > users * LIMITS.sendsPerSecond) {
    const most = users * LIMITS.sendsPerSecond;
    throw new UsageError(
      `--rate ${rate}: ${users} users may send ${most} messages a second (${LIMITS.sendsPerSecond} each)`,
    );
  }
  if (options.workers > users) throw new UsageError("--workers: more than users");
  if (url !== undefined && usersFile === undefined) {
    throw new UsageError("--url needs --users-file: the lines that `mint` prints, or - for stdin");
  }
  if (url === undefined && usersFile !== undefined)
    throw new UsageError("--users-file needs --url");
  const hasFaults = Object.values(faults).some((times) => times.length > 0);
  if (url !== undefined && (hasFaults || expireTokensMs !== undefined)) {
    throw new UsageError("faults are for a cluster of our own: not with --url");
  }
  if (client === "package" && scenario === "slow-consumers") {
    throw new UsageError("--client package always reads: slow-consumers needs --client raw");
  }
}

function oneOf<Name extends string>(
  option: string,
  text: string | undefined,
  names: readonly Name[],
): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UsageError(`--${option} ${text}: one of ${names.join(", ")}`);
  return found;
}

function number(option: string, text: string | undefined, min: number, max: number): number {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= min && value <= max)) {
    throw new UsageError(`--${option} ${text}: a number from ${min} to ${max}`);
  }
  return value;
}

function wholeNumber(option: string, text: string | undefined, min: number, max: number): number {
  const value = number(option, text, min, max);
  if (!Number.isInteger(value)) throw new UsageError(`--${option} ${text}: a whole number`);
  return value;
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

function durationMs(option: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text ?? "");
  if (match === null) throw new UsageError(`--${option} ${text}: such as 500ms, 30s or 2m`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

function durations(option: string, texts: readonly string[] | undefined): number[] {
  return (texts ?? []).map((text) => durationMs(option, text));
}
