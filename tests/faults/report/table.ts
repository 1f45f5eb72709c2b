import type { Summary } from "./summary.ts";

const HEAD = [
  ...["scenario", "sends", "acked", "lost", "doubled", "gaps", "order", "leaks", "late"],
  "unserved",
  ...["p50 ms", "p99", "max", "answer p50", "p99", "max", "settled ms", "took s", ""],
];

/** The report for people: one line for each scenario. */
export function tableOf(summaries: readonly Summary[]): string {
  const rows = [HEAD, ...summaries.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

function rowOf({ scenario, found, converge, verdict, ...rest }: Summary): string[] {
  if (verdict === "not run") return [scenario, ...HEAD.slice(2).map(() => "-"), "not run"];
  const { lost, doubled, gap, order, leak, late, unserved } = found;
  const numbers = [rest.sends, rest.acknowledged, lost, doubled, gap, order, leak, late, unserved];
  const { answers } = rest;
  const times = [
    ...[converge, answers].flatMap(({ p50, p99, max }) => [p50, p99, max]),
    rest.settledMs,
  ];
  const tookSeconds = (rest.tookMs / 1_000).toFixed(1);
  return [scenario, ...[...numbers, ...times].map(String), tookSeconds, verdict];
}
