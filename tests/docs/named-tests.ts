/** A test that a page names: `file`, and what its name, or the name of the group around it, contains. */
export type NamedTest = { file: string; names: string[] };

const NAMED = /`([^`]*\.test\.ts)`(?:: ([^`|]+?))?(?=;? `|;?\s*(?:\||$))/gm;

/**
 * What stands in the last cell of a table's rows: `` `file.test.ts`: a name; another name ``. A name may
 * be shortened with "…" at either end or in its middle.
 */
export function namedTests(markdown: string): NamedTest[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => line.split(" | ").at(-1) ?? [])
    .flatMap((cell) => [...cell.replace(/ \|$/, "").matchAll(NAMED)])
    .map(([, file = "", names = ""]) => ({
      file,
      names: names
        .split(/;|…/)
        .map((name) => name.trim().replace(/,$/, ""))
        .filter((name) => name !== ""),
    }));
}

/** The tests' and groups' names in a file, as they are written there. */
export function namesIn(source: string): string[] {
  const called = /(?:\b(?:it|test|describe)|[\])])\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;
  return [...source.matchAll(called)].map(([, quoted, template]) => quoted ?? template ?? "");
}
