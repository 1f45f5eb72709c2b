/** One line of the table. `budget`: what the median must stay under. */
export type Measured = {
  what: string;
  unit: string;
  values: readonly number[];
  budget?: number;
};

/** The value that half of the others do not reach. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function table(lines: readonly Measured[]): string {
  const cells = [["what", "median", "worst", "runs", "budget", ""], ...lines.map(cellsOf)];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join("  "))
    .join("\n");
}

function cellsOf({ what, unit, values, budget }: Measured): string[] {
  const written = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  return [
    what,
    written(median(values)),
    written(Math.max(...values)),
    String(values.length),
    budget === undefined ? "" : `< ${budget} ${unit}`,
    budget === undefined ? "" : median(values) < budget ? "kept" : "MISSED",
  ];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 5 ? cell.padEnd(width) : cell.padStart(width);
}
