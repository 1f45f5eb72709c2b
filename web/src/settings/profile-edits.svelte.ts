import { keep } from "../appearance/storage.ts";

export const PROFILE_FIELDS = ["nickname", "name", "bio"] as const;
export type ProfileField = (typeof PROFILE_FIELDS)[number];
type Edits = Partial<Record<ProfileField, string>>;

const PREFIX = "moim.profile.";

/**
 * What somebody has changed in their profile and not saved yet. Kept by this tab until it is saved,
 * so that whoever looks elsewhere meanwhile, or loads the page again, finds it as they left it.
 */
export class ProfileEdits {
  readonly #storage: Storage;
  readonly #key: string;
  #edits: Edits = $state.raw({});
  #isOver = false;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#key = PREFIX + userId;
    this.#edits = parsed(storage.getItem(this.#key) ?? "null");
  }

  get(field: ProfileField): string | undefined {
    return this.#edits[field];
  }

  /** `undefined`: as it is saved. */
  set(field: ProfileField, value: string | undefined): void {
    if (this.#isOver) return;
    const { [field]: _before, ...others } = this.#edits;
    this.#edits = value === undefined ? others : { ...others, [field]: value };
    const isEmpty = Object.keys(this.#edits).length === 0;
    keep(this.#storage, this.#key, isEmpty ? null : JSON.stringify(this.#edits));
  }

  get isEmpty(): boolean {
    return Object.keys(this.#edits).length === 0;
  }

  /** Leaves nothing of this person's behind, now or later. */
  clear(): void {
    this.#isOver = true;
    this.#edits = {};
    this.#storage.removeItem(this.#key);
  }
}

/** Without whatever was not kept by this version of the page. */
function parsed(json: string): Edits {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return {};
  }
  const kept = Object(value) as Record<string, unknown>;
  return Object.fromEntries(
    PROFILE_FIELDS.flatMap((field) => {
      const text = kept[field];
      return typeof text === "string" ? [[field, text]] : [];
    }),
  );
}
