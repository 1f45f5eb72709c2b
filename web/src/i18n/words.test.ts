import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_RETRYABLE } from "@moim/protocol/errors";
import { describe, expect, it } from "vitest";
import { english } from "./english.ts";
import { korean } from "./korean.ts";

const SOURCES = join(import.meta.dirname, "..");

/** Everything of the page but the words themselves and tests. */
const page = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith(".test.ts"))
  .filter((file) => !file.startsWith("i18n"))
  .map((file) => readFileSync(join(SOURCES, file), "utf8"))
  .join("\n");

/** Words of a group are also chosen by a value that has their name, so that is looked for. */
const namesWithin = Object.entries(english)
  .filter(([group]) => group !== "failures")
  .flatMap(([, words]) => (typeof words === "object" ? Object.keys(words) : []));

function shapeOf(words: object): unknown {
  return Object.fromEntries(
    Object.entries(words).map(([name, value]) => [
      name,
      typeof value === "object" ? shapeOf(value) : typeof value,
    ]),
  );
}

describe("the page's words", () => {
  it("are all said somewhere", () => {
    const isSaid = (name: string) => new RegExp(`\\b[wW]ords\\.${name}\\b`).test(page);
    expect(Object.keys(english).filter((name) => !isSaid(name))).toEqual([]);
  });

  it("are all said somewhere within their groups, too", () => {
    const isSaid = (name: string) => new RegExp(`\\b${name}\\b`).test(page);
    expect(namesWithin.length).toBeGreaterThan(0);
    expect(namesWithin.filter((name) => !isSaid(name))).toEqual([]);
  });

  it("there is one for every error, and for nothing else", () => {
    expect(Object.keys(english.failures).sort()).toEqual(Object.keys(ERROR_RETRYABLE).sort());
  });

  it("are the same in both languages", () => {
    expect(shapeOf(korean)).toEqual(shapeOf(english));
  });
});
