/** A stretch of a message's text. `href` is always an http or https address. */
export type TextPart =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string };

// Only these two beginnings make a link, so that no other scheme (javascript:, data:) ever does.
// What turns the direction of writing would show an address that it does not lead to: it ends one.
const CANDIDATE = /(?:https?:\/\/|www\.)[^\s<>"'`“”‘’\p{Bidi_Control}]+/giu;
const OPENING: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** Splits a text into plain stretches and links; their `text`s joined are the text given. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    // "awww.example" is a word, not an address.
    const before = text[match.index - 1];
    if (
      before !== undefined &&
      /[\p{L}\p{Nd}_]/u.test(before) &&
      !/\p{Script=Hangul}/u.test(before)
    ) {
      continue;
    }
    const address = withoutTail(match[0]);
    const href = hrefOf(address);
    if (href === null) continue;
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    parts.push({ kind: "link", text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

/** Punctuation, unopened brackets and Korean particles after an address belong to the sentence. */
function withoutTail(candidate: string): string {
  const address = candidate.replace(
    /^((?:https?:\/\/|www\.)[a-z0-9.-]+\.[a-z]{2,})\p{Script=Hangul}.*$/iu,
    "$1",
  );
  // Counted once: a text of nothing but brackets must not take its reader's time.
  const counts = new Map<string, number>();
  for (const character of address) counts.set(character, (counts.get(character) ?? 0) + 1);
  for (let end = address.length; ; end--) {
    const last = address[end - 1] ?? "";
    const opening = OPENING[last];
    const closings = counts.get(last) ?? 0;
    const isUnopened = opening !== undefined && closings > (counts.get(opening) ?? 0);
    if (!isUnopened && !/[.,:;!?…。、，！？]/u.test(last)) return address.slice(0, end);
    counts.set(last, closings - 1);
  }
}

function hrefOf(address: string): string | null {
  const href = /^www\./i.test(address) ? `https://${address}` : address;
  if (!URL.canParse(href)) return null;
  const { protocol, hostname, username, password } = new URL(href);
  // https://bank.example@evil.example leads to the latter, and is read as the former.
  if (username !== "" || password !== "") return null;
  const isWeb = protocol === "https:" || protocol === "http:";
  const isHost = hostname.includes(".") || hostname === "localhost" || hostname.startsWith("[");
  return isWeb && isHost ? href : null;
}
