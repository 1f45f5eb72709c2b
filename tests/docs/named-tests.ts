/**
 * A test that a page names: `file`, and what its name, or the name of the group around it, contains. `remark`: what the
 * page says of the file in brackets.
 */
export type NamedTest = { file: string; remark: string; names: string[] };

const NAMED = /`([^`]*\.test\.ts)`(?: \(([^)`|]+)\))?(?:: ([^`|]+?))?(?=;? `|;?\s*(?:\||$))/gm;

/**
 * What stands in the last cell of a table's rows: `` `file.test.ts` (a remark): a name; another name ``. A name may
 * be shortened with "…" at either end or in its middle.
 */
export function namedTests(markdown: string): NamedTest[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => line.split(" | ").at(-1) ?? [])
    .flatMap((cell) => [...cell.replace(/ \|$/, "").matchAll(NAMED)])
    .map(([, file = "", remark = "", names = ""]) => ({
      ...{ file, remark },
      names: names
        .split(/;|…/)
        .map((name) => name.trim().replace(/,$/, ""))
        .filter((name) => name !== ""),
    }));
}

/** What a page must say of a file below the checkout that not every change is tried with. */
export function whenItRuns(path: string): "nightly" | "with docker" | "always" {
  if (path.startsWith("tests/compose/long/")) return "nightly";
  return path.startsWith("tests/compose/") ? "with docker" : "always";
}

/** The tests' and groups' names in a file, as they are written there. */
export function namesIn(source: string): string[] {
  const called = /(?:\b(?:it|test|describe)|[\])])\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;
  return [...source.matchAll(called)].map(([, quoted, template]) => quoted ?? template ?? "");
}
