/**
 * A query's words, each as the `LIKE` patterns of a text that contains it: composed Hangul, and
 * decomposed, as some systems write it (a text is stored as it was sent).
 */
export function searchTerms(query: string): string[][] {
  const words = new Set(query.trim().split(/\s+/u));
  return [...words].map((word) => {
    const forms = new Set([word, word.normalize("NFC"), word.normalize("NFD")]);
    return [...forms].map((form) => `%${escapeLike(form)}%`);
  });
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
