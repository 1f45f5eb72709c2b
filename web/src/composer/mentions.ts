import type { User } from "@moim/protocol";

/** What stands between an @ and the caret, and where the @ is. */
export type MentionQuery = { readonly start: number; readonly query: string };

/** Suggestions shown at once. */
const SUGGESTIONS_MAX = 6;
/** The longest nickname or name, with some patience for typing errors. */
const QUERY_MAX = 16;
const WORD = /[\p{L}\p{Nd}_.]/u;
/** Ends a nickname for sure; Hangul after one may be a particle. */
const GOES_ON = /[A-Za-z0-9_]/;

/** The mention that is being typed at the caret; null where there is none. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const start = text.lastIndexOf("@", caret - 1);
  if (start < 0 || caret - start - 1 > QUERY_MAX) return null;
  const query = text.slice(start + 1, caret);
  if ([...query].some((character) => !WORD.test(character))) return null;
  // "name@example" is an address.
  const before = text[start - 1];
  return before !== undefined && WORD.test(before) ? null : { start, query };
}

/** Puts the nickname in the place of what was typed; answers the text and where the caret is then. */
export function insertMention(
  text: string,
  { start, query }: MentionQuery,
  nickname: string,
): { text: string; caret: number } {
  const rest = text.slice(start + 1 + query.length);
  const space = /^\s/u.test(rest) ? "" : " ";
  const mention = `@${nickname}${space}`;
  return { text: text.slice(0, start) + mention + rest, caret: start + mention.length };
}

/**
 * The people meant by what has been typed so far: those whose names begin with it come first. A
 * nickname that is complete and can mean nobody else needs no suggestion: Enter is to send.
 */
export function suggest(people: readonly User[], query: string): User[] {
  const wanted = query.toLowerCase();
  const ranked = people.flatMap((user) => {
    const names = [user.nickname.toLowerCase(), user.name.toLowerCase()];
    if (names.some((name) => name.startsWith(wanted))) return [{ user, rank: 0 }];
    return names.some((name) => name.includes(wanted)) ? [{ user, rank: 1 }] : [];
  });
  if (ranked.length === 1 && ranked[0]?.user.nickname.toLowerCase() === wanted) return [];
  ranked.sort((a, b) => a.rank - b.rank || (a.user.nickname < b.user.nickname ? -1 : 1));
  return ranked.slice(0, SUGGESTIONS_MAX).map(({ user }) => user);
}

/** A stretch of a text that names somebody. */
export type Mention = { readonly start: number; readonly end: number; readonly nickname: string };

/** Where a text names one of these people: the longest nickname after an @, whatever its case. */
export function mentionsIn(text: string, nicknames: readonly string[]): Mention[] {
  if (!text.includes("@")) return [];
  const lowered = text.toLowerCase();
  // Looked up instead of gone through at each @: a text may be nothing else, and a room large.
  const byLowered = new Map(nicknames.map((nickname) => [nickname.toLowerCase(), nickname]));
  const longest = Math.max(0, ...nicknames.map(({ length }) => length));
  const found: Mention[] = [];
  for (let start = text.indexOf("@"); start >= 0; start = text.indexOf("@", start + 1)) {
    const before = text[start - 1];
    if (before !== undefined && GOES_ON.test(before)) continue;
    for (let end = Math.min(start + 1 + longest, text.length); end > start + 1; end--) {
      const nickname = byLowered.get(lowered.slice(start + 1, end));
      if (nickname === undefined || GOES_ON.test(text[end] ?? "")) continue;
      found.push({ start, end, nickname });
      break;
    }
  }
  return found;
}
