/** More than this, and large emoji would be a wall. */
const EMOJI_MAX = 6;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\u{fe0f}?\u{20e3})/u;

/** Whether a message is a few emoji and nothing else: such are shown large. */
export function isEmojiOnly(text: string): boolean {
  // Nearly every message, without a look at its parts.
  if (!EMOJI.test(text.trimStart())) return false;
  let emoji = 0;
  for (const { segment } of graphemes.segment(text.trim())) {
    if (/^\s+$/u.test(segment)) continue;
    // ©, ™ and the like are pictographs drawn as text unless they say otherwise.
    const isDrawnAsText = /^[\u{a9}\u{ae}\u{2122}]$/u.test(segment);
    if (isDrawnAsText || !EMOJI.test(segment)) return false;
    emoji++;
    if (emoji > EMOJI_MAX) return false;
  }
  return emoji > 0;
}
