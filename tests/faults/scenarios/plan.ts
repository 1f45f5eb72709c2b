import type { Allowances } from "../history/history.ts";
import { combination } from "./combinations.ts";
import { CONTROLS } from "./controls.ts";
import type { Scenario } from "./scenario.ts";
import { SILENCES } from "./silences.ts";
import { SINGLES } from "./single.ts";

export type Planned = { scenario: Scenario; seed: number };
/** What runs at once: each scenario has people and rooms of its own, and the servers are everybody's. */
export type Stage = readonly Planned[];

/** Those that leave the servers alone, or hurt nobody else's: some at once. The first ones promise nothing of time. */
const TOGETHER: readonly (readonly string[])[] = [
  [
    "node stopped",
    "answers dropped after the commit",
    "half-open sockets",
    "5 % loss and 300 ms delay",
  ],
  ["duplicated tabs", "clocks ten minutes wrong", "sign-out while sending", "frozen readers"],
  ["tokens run out in mid-burst", "signing keys rotated", "auth down", "nginx reloaded"],
];

const AMONG_OTHERS_PAUSE_MS = 300;
const AMONG_SIX_PAUSE_MS = 500;
const CROWDED_SETTLE_MS = 40_000;
/** Each of these stands in a silence, too: once is enough where time is short. */
const SILENT_TOO: ReadonlySet<string> = new Set(
  SILENCES.flatMap(({ name }) =>
    name.endsWith(", then silence") ? [name.split(",")[0] ?? ""] : [],
  ),
);
const LONG_ROUNDS = 5;
const LONG_COMBINATIONS = 30;
const COMBINED = [6, 8, 10, 12];

/** Every fault by itself, a few at random together, and the controls: some four minutes. */
export function fastPlan(seed: number): Stage[] {
  const together = TOGETHER.map((names) =>
    names.map((name) => planned(amongOthers(named(name), names.includes("node stopped")), seed)),
  );
  const alone = SINGLES.filter(
    ({ name }) => !TOGETHER.flat().includes(name) && !SILENT_TOO.has(name),
  );
  // Each finds what it broke itself, whatever the others break.
  const [unheard, ...controls] = CONTROLS;
  return [
    ...together,
    ...[...alone, ...SILENCES, ...(unheard ? [unheard] : [])].map((one) => [planned(one, seed)]),
    controls.map((control) => planned(control, seed)),
    [planned(combinationOf(6), seed)],
  ];
}

/** For releases: each fault alone and often, and many combinations. */
export function longPlan(seed: number): Stage[] {
  const rounds = Array.from({ length: LONG_ROUNDS }, (_, round) => seed + round);
  return [
    ...rounds.flatMap((each) => SINGLES.map((scenario) => [planned(scenario, each)])),
    ...SINGLES.map((scenario) => [planned(inAStorm(scenario), seed)]),
    ...[...SILENCES, ...CONTROLS].map((scenario) => [planned(scenario, seed)]),
    ...Array.from({ length: LONG_COMBINATIONS }, (_, index) => [
      planned(combinationOf(COMBINED[index % COMBINED.length] ?? 6), seed + index),
    ]),
  ];
}

/** The scenario of this name, or else all whose names contain it, one after the other. */
export function planOf(text: string, seed: number): Stage[] {
  const all = [
    ...SINGLES,
    ...SILENCES,
    ...CONTROLS,
    ...COMBINED.map(combinationOf),
    ...SINGLES.map(inAStorm),
  ];
  const exact = all.filter(({ name }) => name === text);
  const chosen = exact.length > 0 ? exact : all.filter(({ name }) => name.includes(text));
  return chosen.map((scenario) => [planned(scenario, seed)]);
}

/** The same while everybody loses their connection again and again. */
function inAStorm(scenario: Scenario): Scenario {
  const storm = { fault: "reconnect storm", atMs: 500, lastMs: scenario.loadMs, pick: 0 };
  return {
    ...scenario,
    name: `${scenario.name}, in a storm`,
    schedule: (random) => [storm, ...scenario.schedule(random)],
  };
}

/** One a second. The name says all of it, so that it can be asked for again. */
function combinationOf(faults: number): Scenario {
  return combination(`combination of ${faults}`, faults, faults * 1_000);
}

function planned(scenario: Scenario, seed: number): Planned {
  return { scenario, seed };
}

/**
 * Some talk at once: times count double, and alone, in the long form, as they are. Beside a node that stands still
 * for 20 s nothing is asserted of time.
 */
function amongOthers(scenario: Scenario, standsStill: boolean): Scenario {
  const leastMs = standsStill ? AMONG_SIX_PAUSE_MS : AMONG_OTHERS_PAUSE_MS;
  const pauseMs = Math.max(scenario.pauseMs ?? 0, leastMs);
  const crowded = { ...scenario, pauseMs, isCrowded: true, settleMs: CROWDED_SETTLE_MS };
  const { allowances = {} } = scenario;
  const { isAcknowledging = false } = allowances;
  return standsStill
    ? { ...crowded, allowances: { isAcknowledging } }
    : { ...crowded, allowances: { ...allowances, ...doubled(allowances) } };
}

function doubled(allowances: Partial<Allowances>): Partial<Allowances> {
  const { signalMs, heardMs, healedMs, arrivalMs } = allowances;
  const twice = (ms: number | undefined) => (ms === undefined ? undefined : 2 * ms);
  return {
    ...{ signalMs: twice(signalMs), arrivalMs: twice(arrivalMs) },
    ...{ heardMs: twice(heardMs), healedMs: twice(healedMs) },
  };
}

function named(name: string): Scenario {
  const scenario = SINGLES.find((each) => each.name === name);
  if (!scenario) throw new Error(`no scenario is called ${name}`);
  return scenario;
}
