import { keep } from "../appearance/storage.ts";

const PREFIX = "moim.emoji.";
/** Kept at the most; of more the least used are forgotten. */
const KEPT_MAX = 100;

/** How often one person has chosen which emoji, on this device; gone with that person's sign-out. */
export class OftenUsed {
  readonly #storage: Storage;
  readonly #key: string;
  #isOver = false;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#key = `${PREFIX}${userId}`;
  }

  /** The most used first. */
  top(count: number): string[] {
    return this.#counts()
      .slice(0, count)
      .map(([emoji]) => emoji);
  }

  chosen(emoji: string): void {
    if (this.#isOver) return;
    const counts = new Map(this.#counts());
    counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
    // The one just chosen stays, or no new one would ever get in.
    const others = sorted(counts).filter(([other]) => other !== emoji);
    const kept = [...others.slice(0, KEPT_MAX - 1), [emoji, counts.get(emoji)]];
    keep(this.#storage, this.#key, JSON.stringify(kept));
  }

  /** Leaves nothing of this person's behind, now or later. */
  clear(): void {
    this.#isOver = true;
    this.#storage.removeItem(this.#key);
  }

  #counts(): [emoji: string, count: number][] {
    return sorted(parsed(this.#storage.getItem(this.#key) ?? "[]"));
  }
}

function sorted(counts: Iterable<[string, number]>): [string, number][] {
  return [...counts].sort(([, one], [, other]) => other - one);
}

/** Nothing for whatever was not kept by this version of the page. */
function parsed(json: string): [string, number][] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter(isCount) : [];
  } catch {
    return [];
  }
}

function isCount(value: unknown): value is [string, number] {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number";
}
