import type { ScenarioName } from "./plan.ts";

/** What a scenario does to its own people while they talk. */
export interface Disturbed {
  cut(): void;
  pause(): void;
  resume(): void;
}

/** Of all people, each second, in `churn`. */
const CHURN_PER_SECOND = 0.02;
/** When everybody loses the connection, as a share of the duration. */
const STORM_AT = 0.4;
const SLOW_SHARE = 0.1;
const SLOW_FROM = 0.2;
const SLOW_UNTIL = 0.7;

export type DisturbanceParts = {
  people: readonly Disturbed[];
  random: () => number;
  durationMs: number;
  /** Runs after so long, unless the part of the run is over. */
  after(ms: number, run: () => void): void;
};

/** Sets up what happens during one part of a run. */
export function disturb(scenario: ScenarioName, parts: DisturbanceParts): void {
  const { people, durationMs, after } = parts;
  if (scenario === "churn") churn(parts, 0);
  if (scenario === "reconnect-storm") {
    after(durationMs * STORM_AT, () => {
      for (const person of people) person.cut();
    });
  }
  if (scenario === "slow-consumers") {
    const slow = people.slice(0, Math.ceil(people.length * SLOW_SHARE));
    after(durationMs * SLOW_FROM, () => {
      for (const person of slow) person.pause();
    });
    after(durationMs * SLOW_UNTIL, () => {
      for (const person of slow) person.resume();
    });
  }
}

function churn(parts: DisturbanceParts, atMs: number): void {
  const { people, random, durationMs, after } = parts;
  const gapMs = (-Math.log(1 - random()) * 1_000) / (people.length * CHURN_PER_SECOND);
  if (atMs + gapMs > durationMs) return;
  after(gapMs, () => {
    people[Math.floor(random() * people.length)]?.cut();
    churn(parts, atMs + gapMs);
  });
}
