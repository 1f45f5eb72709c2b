import { keep, keysUnder } from "../appearance/storage.ts";

/** What the text in the field will become. */
export type Intent =
  | { readonly kind: "new" }
  | { readonly kind: "reply"; readonly seq: number }
  /** `text`: as it stands in the room. */
  | { readonly kind: "edit"; readonly seq: number; readonly text: string };

/** `text`: as it stands in the room. `written`: what it was to become. */
export type Edit = { readonly seq: number; readonly text: string; readonly written: string };

export type KeptWriting = {
  readonly intent: Intent;
  /** Of an edit, what has become of the text so far. */
  readonly written: string;
  /** Edits that the server has not taken, or not yet. */
  readonly aside: readonly Edit[];
};

const PREFIX = "moim.writing.";

/** What one answers, edits or could not change in each room, in a tab's own storage: over its reloads. */
export class KeptWritings {
  readonly #storage: Storage;
  readonly #prefix: string;
  #isOver = false;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#prefix = `${PREFIX}${userId}.`;
  }

  get(roomId: string): KeptWriting | null {
    return parsed(this.#storage.getItem(this.#prefix + roomId) ?? "null");
  }

  set(roomId: string, kept: KeptWriting): void {
    if (this.#isOver) return;
    const isWorthIt = kept.intent.kind !== "new" || kept.aside.length > 0;
    keep(this.#storage, this.#prefix + roomId, isWorthIt ? JSON.stringify(kept) : null);
  }

  /** How many edits are half done, or were not taken. */
  get editCount(): number {
    const counts = keysUnder(this.#storage, this.#prefix).map((key) => {
      const kept = parsed(this.#storage.getItem(key) ?? "null");
      if (kept === null) return 0;
      return kept.aside.length + (kept.intent.kind === "edit" ? 1 : 0);
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Leaves nothing of this person's behind, now or later. */
  clear(): void {
    this.#isOver = true;
    for (const key of keysUnder(this.#storage, this.#prefix)) this.#storage.removeItem(key);
  }
}

/** Null for whatever was not kept by this version of the page. */
function parsed(json: string): KeptWriting | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const { intent, written, aside } = (value ?? {}) as Record<string, unknown>;
  const kind = intentOf(intent);
  if (kind === null || typeof written !== "string") return null;
  return { intent: kind, written, aside: Array.isArray(aside) ? aside.filter(isEdit) : [] };
}

function intentOf(value: unknown): Intent | null {
  const { kind, seq, text } = (value ?? {}) as Record<string, unknown>;
  if (kind === "new") return { kind };
  if (typeof seq !== "number") return null;
  if (kind === "reply") return { kind, seq };
  return kind === "edit" && typeof text === "string" ? { kind, seq, text } : null;
}

function isEdit(value: unknown): value is Edit {
  const { seq, text, written } = (value ?? {}) as Record<string, unknown>;
  return typeof seq === "number" && typeof text === "string" && typeof written === "string";
}
