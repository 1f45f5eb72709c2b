import { cases } from "./cases/all.ts";
import type { Case, Settings } from "./cases/case.ts";

export type BenchRequest = {
  cases: readonly Case[];
  settings: Settings;
  /** Where the result goes; cases that are not measured now keep what stands there. */
  json: string | undefined;
  /** In place of what README claims, by the case's name. */
  claims: ReadonlyMap<string, number>;
};

const FULL: Settings = { rounds: 5, warmUpMs: 1_000, windowMs: 2_000, scale: 1 };
const QUICK: Settings = { rounds: 1, warmUpMs: 300, windowMs: 700, scale: 0.02 };

/** Throws, with a line for people, on what it does not understand. */
export function readRequest(words: readonly string[]): BenchRequest {
  const names: string[] = [];
  const claims = new Map<string, number>();
  let settings = FULL;
  let json: string | undefined;
  const rest = [...words];
  const next = (option: string) => {
    const word = rest.shift();
    if (word === undefined) throw new Error(`${option} needs a value`);
    return word;
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--quick") settings = QUICK;
    else if (word === "--case") names.push(...next(word).split(","));
    else if (word === "--json") json = next(word);
    else if (word === "--claim") {
      const [name = "", value] = next(word).split("=");
      claims.set(name, Number(value));
    } else if (word !== "--") throw new Error(`unknown: ${word}`);
  }
  const known = new Set(cases.map(({ name }) => name));
  const unknown = [...names, ...claims.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`no case ${unknown}; there are ${[...known]}`);
  const chosen = cases.filter(({ name }) => names.length === 0 || names.includes(name));
  return { cases: chosen, settings, json, claims };
}
