const DECIMALS = 1_000;

/** For files: nobody reads more than a thousandth of a millisecond. */
export function toJson(result: object): string {
  const rounded = (_name: string, value: unknown) =>
    typeof value === "number" ? Math.round(value * DECIMALS) / DECIMALS : value;
  return `${JSON.stringify(result, rounded)}\n`;
}
