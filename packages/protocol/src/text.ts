/** Code points, not UTF-16 units: an emoji outside the basic plane counts once. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const isHighSurrogate = unit >= 0xd800 && unit <= 0xdbff;
    if (isHighSurrogate && index + 1 < text.length) {
      const next = text.charCodeAt(index + 1);
      if (next >= 0xdc00 && next <= 0xdfff) index++;
    }
    count++;
  }
  return count;
}

// White space, and what draws nothing: zero-width characters, Hangul fillers, the blank Braille pattern.
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;

/** Whether a reader would see nothing at all. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/**
 * Whether the text can be stored exactly as sent: Postgres refuses NUL, and a lone surrogate has
 * no UTF-8 form, so it would come back as another character.
 */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}
