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
  let address = candidate.replace(
    /^((?:https?:\/\/|www\.)[a-z0-9.-]+\.[a-z]{2,})\p{Script=Hangul}.*$/iu,
    "$1",
  );
  for (;;) {
    const last = address.at(-1) ?? "";
    const opening = OPENING[last];
    const isUnopened =
      opening !== undefined && address.split(last).length > address.split(opening).length;
    if (!isUnopened && !/[.,:;!?…。、，！？]/u.test(last)) return address;
    address = address.slice(0, -1);
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
