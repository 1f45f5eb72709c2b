import { textOf } from "../arguments/thresholds.ts";
import { isSkewed, type RunResult } from "../run/result.ts";
import type { LatencyName } from "../run/tally.ts";
import { ms } from "./live-view.ts";

const SHOWN: readonly [LatencyName, string][] = [
  ["connect", "connect"],
  ["ack", "acknowledge"],
  ["service", "  of it, service"],
  ["delivery", "deliver"],
  ["toSlow", "  to slow ones"],
  ["fetched", "  missed: fetch"],
  ["catchUp", "catch up"],
];
const FINDINGS_SHOWN = 10;

const count = (value: number) => value.toLocaleString("en");

/** What a run has found, for people. */
export function summaryOf(result: RunResult): string[] {
  const { verdict, counters, perSecond, connections, generator, thresholds, latencies } = result;
  const { violations } = verdict;
  const held = Object.entries(violations).map(([name, value]) => `${value} ${WORDS[name] ?? name}`);
  return [
    "",
    `  ${result.scenario} on ${result.site}`,
    "",
    `  ${verdict.passed ? "✓" : "✗"} ${held.join(", ")}`,
    `    ${count(verdict.acknowledged)} acknowledged and ${count(verdict.stored)} stored messages of ${count(verdict.rooms)} rooms`,
    `    held against what ${count(verdict.receivers)} receivers got`,
    ...besides(result).map((line) => `    ${line}`),
    ...verdict.findings.slice(0, FINDINGS_SHOWN).map((finding) => `      ${finding}`),
    "",
    `  ${"".padEnd(17)}${["p50", "p90", "p99", "p99.9", "max"].map((name) => name.padStart(10)).join("")}`,
    ...SHOWN.filter(([name]) => latencies[name].count > 0).map(([name, title]) => {
      const { p50, p90, p99, p999, max } = latencies[name];
      return `  ${title.padEnd(17)}${[p50, p90, p99, p999, max].map((value) => ms(value).padStart(10)).join("")}`;
    }),
    "",
    `  ${count(Math.round(perSecond.sent))} sent/s, ${count(Math.round(perSecond.delivered))} delivered/s; ${count(counters.fetched)} fetched after a loss of connection or announcement, ${count(counters.repeats)} sends repeated`,
    `  connections: ${Object.entries(connections.perNode)
      .map(([node, connected]) => `${node} ${count(connected)}`)
      .join(", ")}`,
    ...(isSkewed(connections)
      ? [`  ! unevenly spread: the fullest node has ${connections.skew.toFixed(2)} times the mean`]
      : []),
    ...Object.entries(result.errors).map(([code, times]) => `  ${count(times)} × ${code}`),
    ...result.faults.map(
      ({ what, second, endSecond }) => `  ${what} at ${second} s, whole again at ${endSecond} s`,
    ),
    ...result.notes.map((note) => `  ${note}`),
    ...generator.saturated.map((reason) => `  ! not to be trusted: ${reason}`),
    ...thresholds.map(
      (one) => `  ${one.holds ? "✓" : "✗"} ${textOf(one)}: ${one.measured ?? "not measured"}`,
    ),
    "",
    `  ${result.outcome}`,
    "",
  ];
}

/** What else was done, in one line; part of it is held against the history too. */
export function besides({ verdict, counters }: RunResult): string[] {
  const { changes, moves, resets } = verdict;
  const { reads, typings, renewals, turnedAway, changesCut } = counters;
  const done: [number, string][] = [
    [changes, "edits, deletions and reactions"],
    [changesCut, "more cut off from their answer by the end of a connection"],
    [moves, "guests let in or out"],
    [turnedAway, "messages too late for a room"],
    [reads, "reads"],
    [typings, "typings"],
    [renewals, "tokens renewed"],
    [resets, "receivers given the newest page alone, and not compared message by message"],
  ];
  const told = done
    .filter(([times]) => times > 0)
    .map(([times, what]) => `${count(times)} ${what}`);
  return told.length > 0 ? [told.join(", ")] : [];
}

const WORDS: Record<string, string> = {
  outOfOrder: "out of order",
  wrongRoom: "in the wrong room",
};
