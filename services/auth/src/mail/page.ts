import type { Language } from "./language.ts";
import type { Mail } from "./mail.ts";

/** What a letter says, once, for both of its forms. */
export type Words = {
  subject: string;
  /** Paragraphs before and after what stands out. */
  before: readonly string[];
  /** A code to be typed, or a link to be followed. */
  emphasis?: { code: string } | { link: string; label: string };
  after: readonly string[];
};

const SIGNATURE: Record<Language, string> = { ko: "모임", en: "Moim" };

/**
 * Lays the words out. The HTML loads nothing from anywhere: no image, no style sheet, no font, so
 * that nobody learns from it who reads when.
 */
export function layOut(to: string, language: Language, words: Words): Mail {
  return {
    to,
    subject: words.subject,
    text: asText(language, words),
    html: asHtml(language, words),
  };
}

function asText(language: Language, { before, emphasis, after }: Words): string {
  const middle = emphasis && ("code" in emphasis ? emphasis.code : emphasis.link);
  const paragraphs = [...before, ...(middle ? [middle] : []), ...after];
  return `${paragraphs.join("\n\n")}\n\n${SIGNATURE[language]}\n`;
}

// Colours are written so that no six digits stand in a mail but those of its code.
const TEXT_STYLE = "margin:0 0 16px;font-size:16px;line-height:1.6;color:#1a1a1e";
const CODE_STYLE = `${TEXT_STYLE};font-size:32px;font-weight:700;letter-spacing:6px`;
const LINK_STYLE =
  "display:inline-block;padding:12px 20px;border-radius:10px;background:#1d4ed8;color:#fff;text-decoration:none";
const PLAIN_LINK_STYLE = `${TEXT_STYLE};font-size:13px;color:#6b6b76;word-break:break-all`;

function asHtml(language: Language, { subject, before, emphasis, after }: Words): string {
  const paragraph = (text: string) => `<p style="${TEXT_STYLE}">${escapeMarkup(text)}</p>`;
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f6;font-family:system-ui,-apple-system,'Apple SD Gothic Neo','Malgun Gothic',sans-serif">
<div style="max-width:480px;margin:0 auto;padding:28px;border-radius:16px;background:#fff">
${[...before.map(paragraph), ...emphasised(emphasis), ...after.map(paragraph)].join("\n")}
<p style="margin:0;font-size:13px;color:#6b6b76">${SIGNATURE[language]}</p>
</div>
</body>
</html>
`;
}

/** A link also in letters: some programs show no buttons. */
function emphasised(emphasis: Words["emphasis"]): string[] {
  if (emphasis === undefined) return [];
  if ("code" in emphasis) return [`<p style="${CODE_STYLE}">${escapeMarkup(emphasis.code)}</p>`];
  const link = escapeMarkup(emphasis.link);
  return [
    `<p style="${TEXT_STYLE}"><a href="${link}" style="${LINK_STYLE}">${escapeMarkup(emphasis.label)}</a></p>`,
    `<p style="${PLAIN_LINK_STYLE}">${link}</p>`,
  ];
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
