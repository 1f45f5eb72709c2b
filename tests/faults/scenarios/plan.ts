import { combination } from "./combinations.ts";
import { CONTROLS } from "./controls.ts";
import type { Scenario } from "./scenario.ts";
import { SINGLES } from "./single.ts";

export type Planned = { scenario: Scenario; seed: number };
/** What runs at once: each scenario has people and rooms of its own, and the servers are everybody's. */
export type Stage = readonly Planned[];

/** Those that leave the servers alone, or hurt nobody else's: some at once. */
const TOGETHER: readonly (readonly string[])[] = [
  [
    "answers dropped after the commit",
    "half-open sockets",
    "frozen readers",
    "5 % loss and 300 ms delay",
    "duplicated tabs",
    "nginx reloaded",
  ],
  [
    "node stopped",
    "clocks ten minutes wrong",
    "tokens run out in mid-burst",
    "sign-out while sending",
    "signing keys rotated",
    "auth down",
  ],
];

const AMONG_OTHERS_PAUSE_MS = 250;
const LONG_ROUNDS = 5;
const LONG_COMBINATIONS = 30;
const COMBINED = [6, 8, 10, 12];

/** Every fault by itself, a few at random together, and the controls: some four minutes. */
export function fastPlan(seed: number): Stage[] {
  const together = TOGETHER.map((names) =>
    names.map((name) => planned(amongOthers(named(name)), seed)),
  );
  const alone = SINGLES.filter(({ name }) => !TOGETHER.flat().includes(name));
  const mixed = [planned(combinationOf(6), seed), planned(combinationOf(8), seed + 1)];
  return [
    ...together,
    ...[...alone, ...CONTROLS].map((scenario) => [planned(scenario, seed)]),
    ...mixed.map((one) => [one]),
  ];
}

/** For releases: each fault alone and often, and many combinations. */
export function longPlan(seed: number): Stage[] {
  const rounds = Array.from({ length: LONG_ROUNDS }, (_, round) => seed + round);
  return [
    ...rounds.flatMap((each) => SINGLES.map((scenario) => [planned(scenario, each)])),
    ...SINGLES.map((scenario) => [planned(inAStorm(scenario), seed)]),
    ...CONTROLS.map((scenario) => [planned(scenario, seed)]),
    ...Array.from({ length: LONG_COMBINATIONS }, (_, index) => [
      planned(combinationOf(COMBINED[index % COMBINED.length] ?? 6), seed + index),
    ]),
  ];
}

/** The scenario of this name, or else all whose names contain it, one after the other. */
export function planOf(text: string, seed: number): Stage[] {
  const all = [...SINGLES, ...CONTROLS, ...COMBINED.map(combinationOf), ...SINGLES.map(inAStorm)];
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

/** Six talk at once, and beside a node that is stopped for 20 s nothing is promised about time. */
function amongOthers(scenario: Scenario): Scenario {
  const pauseMs = Math.max(scenario.pauseMs ?? 0, AMONG_OTHERS_PAUSE_MS);
  return { ...scenario, pauseMs, allowances: { ...scenario.allowances, arrivalMs: undefined } };
}

function named(name: string): Scenario {
  const scenario = SINGLES.find((each) => each.name === name);
  if (!scenario) throw new Error(`no scenario is called ${name}`);
  return scenario;
}
