/** What is measured, and what the median of it must stay under; without a goal it is there to be compared. */
export type Goal = { readonly what: string; readonly unit: string; readonly under?: number };

/** One line of the table. */
export type Measured = Goal & { readonly values: readonly number[] };

/** What the goals are missed by. */
export function missed(lines: readonly Measured[]): string[] {
  return lines
    .filter((line) => !isKept(line))
    .map(({ what, unit, under, values }) => `${what}: ${median(values)} ${unit}, not < ${under}`);
}

function isKept({ under, values }: Measured): boolean {
  return under === undefined || median(values) < under;
}

/** The value that half of the others do not reach. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function table(lines: readonly Measured[]): string {
  const cells = [["what", "median", "worst", "runs", "goal", ""], ...lines.map(cellsOf)];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join("  "))
    .join("\n");
}

function cellsOf(line: Measured): string[] {
  const { what, unit, values, under } = line;
  const written = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  return [
    what,
    written(median(values)),
    written(Math.max(...values)),
    String(values.length),
    under === undefined ? "" : `< ${under} ${unit}`,
    under === undefined ? "" : isKept(line) ? "kept" : "MISSED",
  ];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 5 ? cell.padEnd(width) : cell.padStart(width);
}
