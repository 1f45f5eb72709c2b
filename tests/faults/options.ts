export type Options = {
  mode: "fast" | "long" | "soak";
  soakMs: number;
  scenario: string | undefined;
  /** The second of five, say: what takes long can be run in pieces. */
  part: { number: number; of: number };
  seed: number;
  json: string | undefined;
};

export const USAGE = [
  'usage: pnpm test:faults [--long] [--part 1/4] [--scenario "node killed"] [--seed 1] [--json FILE]',
  "       pnpm test:faults --soak 30m [--seed 1]",
].join("\n");

const SEED = 20_261_130;
const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** Throws an error with a line for people. */
export function readOptions(parameters: readonly string[]): Options {
  const options: Options = {
    mode: "fast",
    soakMs: 0,
    scenario: undefined,
    part: { number: 1, of: 1 },
    seed: SEED,
    json: undefined,
  };
  const rest = parameters.filter((parameter) => parameter !== "--");
  while (rest.length > 0) {
    const name = rest.shift();
    if (name === "--long") options.mode = "long";
    else if (name === "--scenario") options.scenario = givenTo(name, rest.shift());
    else if (name === "--part") options.part = partOf(givenTo(name, rest.shift()));
    else if (name === "--seed") options.seed = wholeNumber(givenTo(name, rest.shift()));
    else if (name === "--json") options.json = givenTo(name, rest.shift());
    else if (name === "--soak") {
      options.mode = "soak";
      options.soakMs = durationMs(givenTo(name, rest.shift()));
    } else throw new Error(USAGE);
  }
  return options;
}

function givenTo(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`${name} needs a value\n${USAGE}`);
  return value;
}

function partOf(text: string): Options["part"] {
  const [, number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (number < 1 || number > of) throw new Error(`a part is written 1/4, not ${text}`);
  return { number, of };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error(`a seed is a whole number, not ${text}`);
  return number;
}

function durationMs(text: string): number {
  const found = /^(\d+)([smh])$/.exec(text);
  const unit = UNITS[found?.[2] ?? ""];
  if (!found || unit === undefined)
    throw new Error(`a time is written 90s, 30m or 8h, not ${text}`);
  return Number(found[1]) * unit;
}
