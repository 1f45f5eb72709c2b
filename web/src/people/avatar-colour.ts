/**
 * Grounds for initials, each at least 4.5:1 with white text. Muted on purpose: the accent and the
 * unread pill are what should catch the eye.
 */
const GROUNDS = [
  "#8a5a44",
  "#7a6a2f",
  "#4f7a3f",
  "#2f7a6b",
  "#31708f",
  "#4a63a8",
  "#6d57a5",
  "#93508f",
  "#a04b66",
  "#a1503f",
  "#5d6b78",
  "#417a86",
] as const;

/** Always the same colour for the same id, on every device. */
export function avatarColour(userId: string): string {
  let hash = 0;
  for (const character of userId)
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return GROUNDS[Math.abs(hash) % GROUNDS.length] ?? GROUNDS[0];
}

/** One or two letters: 민준 → 민준's last two syllables are how Koreans call each other. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = words[0] ?? "";
  if (/^\p{Script=Hangul}+$/u.test(first)) {
    const syllables = [...first];
    return syllables.length >= 3 ? syllables.slice(-2).join("") : first;
  }
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}
