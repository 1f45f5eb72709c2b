import { containsWithInitials } from "../people/hangul-initials.ts";

/** What is compared when rooms are looked for by name: case, accents' forms and outer space aside. */
export function searchable(text: string): string {
  return text.normalize("NFC").toLocaleLowerCase().trim();
}

/**
 * The rooms that have every word of the query in their title or a member's name, in their order,
 * those whose title begins with it first.
 */
export function filterRooms<Room>(
  rooms: readonly Room[],
  query: string,
  textsOf: (room: Room) => readonly string[],
): Room[] {
  const words = searchable(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...rooms];
  const whole = words.join(" ");
  const begins: Room[] = [];
  const contains: Room[] = [];
  for (const room of rooms) {
    const texts = textsOf(room).map(searchable);
    if (!words.every((word) => texts.some((text) => containsWithInitials(text, word)))) continue;
    (texts[0]?.startsWith(whole) ? begins : contains).push(room);
  }
  return [...begins, ...contains];
}
