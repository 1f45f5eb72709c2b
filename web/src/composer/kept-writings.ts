import { keep, keysUnder } from "../appearance/storage.ts";

/** What the text in the field will become. */
export type Intent =
  | { readonly kind: "new" }
  | { readonly kind: "reply"; readonly seq: number }
  /** `text`: as it stands in the room. */
  | { readonly kind: "edit"; readonly seq: number; readonly text: string };

/** `written`: of an edit, what has become of the text so far. */
export type KeptWriting = { readonly intent: Intent; readonly written: string };

const PREFIX = "moim.writing.";

/** Which message one answers or edits in each room, in a tab's own storage: over its reloads. */
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
    const isWorthIt = kept.intent.kind !== "new";
    keep(this.#storage, this.#prefix + roomId, isWorthIt ? JSON.stringify(kept) : null);
  }

  /** How many edits are half done. */
  get editCount(): number {
    const kept = keysUnder(this.#storage, this.#prefix).map((key) =>
      parsed(this.#storage.getItem(key) ?? "null"),
    );
    return kept.filter((writing) => writing?.intent.kind === "edit").length;
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
  const { intent, written } = (value ?? {}) as {
    intent?: Record<string, unknown>;
    written?: unknown;
  };
  const { kind, seq, text } = intent ?? {};
  if (typeof seq !== "number" || typeof written !== "string") return null;
  if (kind === "reply") return { intent: { kind, seq }, written };
  if (kind === "edit" && typeof text === "string") return { intent: { kind, seq, text }, written };
  return null;
}
