import type { CaseResult } from "./result.ts";

const COLUMNS = ["case", "Moim", "relay", "ratio", "goal", "CPU a delivery", "ok"];

/** The table of `pnpm bench`: lines of equal columns. */
export function tableOf(results: readonly CaseResult[]): string {
  const rows = results.map((result) => {
    const { title, moim, relay, ratio, sense, goal, claim } = result;
    const sign = sense === "at least" ? "≥" : "≤";
    const claimed = claim === null ? "" : ` (claimed ${sign} ${claim})`;
    return [
      ...[title, moim, relay, ratio?.toFixed(2) ?? "–", `${sign} ${goal}${claimed}`],
      ...[costOf(result), verdictOf(result)],
    ];
  });
  const widths = COLUMNS.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ");
  return [COLUMNS, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n");
}

function costOf({ cpuPerDelivery }: CaseResult): string {
  if (cpuPerDelivery === undefined) return "";
  const { moim, relay } = cpuPerDelivery;
  return `${moim.toFixed(1)} to ${relay.toFixed(1)} µs`;
}

/** A goal that is missed and not claimed is no failure, and no success either. */
function verdictOf({ ok, reachesGoal }: CaseResult): string {
  if (!ok) return "NO";
  return reachesGoal ? "ok" : "goal missed";
}
