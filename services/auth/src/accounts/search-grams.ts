/**
 * What whoever contains `query` has in the index (`auth.search_grams` in the database): its pairs of
 * neighbouring characters, or the character itself when it is but one.
 */
export function searchGrams(query: string): string[] {
  const characters = [...query.toLowerCase()];
  if (characters.length < 2) return characters;
  return [...new Set(characters.slice(1).map((second, index) => `${characters[index]}${second}`))];
}
