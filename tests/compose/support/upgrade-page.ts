import { readFileSync } from "node:fs";

const PAGE = new URL("../../../docs/operating/upgrade.md", import.meta.url);

/** The lines of the block under "major versions" of docs/operating/upgrade.md. */
export function commandsOfPage(): string[] {
  const [, section = ""] = readFileSync(PAGE, "utf8").split("## Postgres, major versions");
  const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  return block.trim().split("\n");
}

/** What the page's comment has one write into docker-compose.yml: the two lines, and what stands there instead. */
export function editsOfPage(): { readonly from: string; readonly to: string }[] {
  const comments = commandsOfPage().filter((line) => line.startsWith("#"));
  return comments.flatMap((line) => {
    const [, from, to] = /^# +(\S.*\S) +→ +(\S.*\S)$/.exec(line) ?? [];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
}

/** A line of the file that says exactly that, and nothing else; throws where it does not stand there once. */
export function rewriteLine(file: string, from: string, to: string): string {
  const lines = file.split("\n");
  const places = lines.flatMap((line, place) => (line.trim() === from ? [place] : []));
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(`docker-compose.yml has ${places.length} lines that say: ${from}`);
  }
  return lines
    .with(
      place,
      (lines[place] ?? "").replace(from, () => to),
    )
    .join("\n");
}
