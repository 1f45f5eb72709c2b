const SYLLABLE_FIRST = 0xac00;
const SYLLABLE_LAST = 0xd7a3;
/** Syllables that begin with the same consonant. */
const SYLLABLES_EACH = 588;
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
/** What keyboards make of two consonants typed one after the other; no syllable begins with any of them. */
const JOINED = new Map(
  [
    "ㄳㄱㅅ",
    "ㄵㄴㅈ",
    "ㄶㄴㅎ",
    "ㄺㄹㄱ",
    "ㄻㄹㅁ",
    "ㄼㄹㅂ",
    "ㄽㄹㅅ",
    "ㄾㄹㅌ",
    "ㄿㄹㅍ",
    "ㅀㄹㅎ",
    "ㅄㅂㅅ",
  ].map((letters) => [letters.slice(0, 1), letters.slice(1)]),
);

/**
 * Whether the text contains the part, where a single consonant stands for every syllable that begins with it:
 * ㅈㅇ and 지ㅇ find 지우, as Koreans look for names.
 */
export function containsWithInitials(text: string, part: string): boolean {
  const wanted = apart(part);
  if (!wanted.some((letter) => INITIALS.includes(letter))) return text.includes(part);
  const letters = apart(text);
  for (let start = 0; start + wanted.length <= letters.length; start++) {
    if (wanted.every((letter, index) => stands(letter, letters[start + index] ?? ""))) return true;
  }
  return false;
}

function apart(text: string): string[] {
  return [...text].flatMap((letter) => [...(JOINED.get(letter) ?? letter)]);
}

function stands(wanted: string, letter: string): boolean {
  return wanted === letter || (INITIALS.includes(wanted) && wanted === initialOf(letter));
}

function initialOf(letter: string): string | undefined {
  const code = letter.codePointAt(0) ?? 0;
  if (code < SYLLABLE_FIRST || code > SYLLABLE_LAST) return undefined;
  return INITIALS[Math.floor((code - SYLLABLE_FIRST) / SYLLABLES_EACH)];
}
