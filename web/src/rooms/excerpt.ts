/** A text's part around what was looked for, which stands by itself to be marked. */
export type Excerpt = { before: string; match: string; after: string };

/** Characters kept before the match: enough to see what it is about on one line of a phone. */
const BEFORE_MAX = 24;
const AFTER_MAX = 120;

/** The first of the query's words that the text has, and what stands around it, on one line. */
export function excerpt(text: string, query: string): Excerpt {
  const line = text.replace(/\s+/gu, " ").trim();
  const characters = [...line];
  const start = firstMatch(characters, query);
  if (start === null) return { before: "", match: "", after: cut(characters, AFTER_MAX) };
  const { from, length } = start;
  const before = characters.slice(0, from);
  const shortened =
    before.length > BEFORE_MAX ? `…${before.slice(-BEFORE_MAX).join("")}` : before.join("");
  return {
    before: shortened,
    match: characters.slice(from, from + length).join(""),
    after: cut(characters.slice(from + length), AFTER_MAX),
  };
}

/** Case aside, and whole characters: a lower-case form may be longer than its letter. */
function firstMatch(
  characters: readonly string[],
  query: string,
): { from: number; length: number } | null {
  const lower = characters.map((character) => character.toLocaleLowerCase());
  for (const word of query.normalize("NFC").trim().split(/\s+/u)) {
    const wanted = [...word].map((character) => character.toLocaleLowerCase());
    if (wanted.length === 0) continue;
    const from = lower.findIndex((_, at) =>
      wanted.every((character, offset) => lower[at + offset] === character),
    );
    if (from >= 0) return { from, length: wanted.length };
  }
  return null;
}

function cut(characters: readonly string[], most: number): string {
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : characters.join("");
}
