import { type MoimClient, MoimError } from "@moim/client";
import { countCharacters, type Me } from "@moim/protocol";
import { ACCOUNT_LIMITS } from "@moim/protocol/limits";
import { type FieldProblem, problemIn } from "../session/account-fields.ts";
import { type Availability, NicknameCheck } from "../session/nickname-check.svelte.ts";
import { PROFILE_FIELDS, type ProfileEdits, type ProfileField } from "./profile-edits.svelte.ts";

export type { ProfileField };

/** What the form needs of whoever is signed in. */
type Owner = { readonly client: MoimClient; readonly me: Me; readonly profileEdits: ProfileEdits };

/** One's own profile while it is being changed. */
export class ProfileForm {
  readonly #owner: Owner;
  readonly #check: NicknameCheck;
  #refused: Partial<Record<ProfileField, FieldProblem>> = $state({});

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#check = new NicknameCheck(owner.client);
    this.#askFor(this.value("nickname"));
  }

  get availability(): Availability {
    return this.#check.availability;
  }

  /** Characters that the introduction may still have; negative where it has too many. */
  get bioLeft(): number {
    return ACCOUNT_LIMITS.bioCharactersMax - countCharacters(this.value("bio"));
  }

  get isChanged(): boolean {
    return !this.#owner.profileEdits.isEmpty;
  }

  get canSave(): boolean {
    const hasProblem = PROFILE_FIELDS.some((field) => this.problem(field) !== null);
    return this.isChanged && this.bioLeft >= 0 && !hasProblem;
  }

  value(field: ProfileField): string {
    return this.#owner.profileEdits.get(field) ?? this.#owner.me[field];
  }

  type(field: ProfileField, value: string): void {
    const isSaved = value === this.#owner.me[field];
    this.#owner.profileEdits.set(field, isSaved ? undefined : value);
    delete this.#refused[field];
    if (field === "nickname") this.#askFor(value);
  }

  problem(field: ProfileField): FieldProblem | null {
    const refused = this.#refused[field];
    if (refused !== undefined) return refused;
    if (field === "nickname" && this.availability === "taken") return "nicknameTaken";
    return field === "bio" ? null : problemIn(field, this.value(field));
  }

  /**
   * Saves what has changed; resolves to whether it was taken. Rejects with what is no field's fault; a
   * field's is shown there.
   */
  async save(): Promise<boolean> {
    if (!this.canSave) return false;
    const changes = this.#changes();
    try {
      await this.#owner.client.updateProfile(changes.sent);
    } catch (error) {
      this.#takeRefusal(MoimError.from(error));
      return false;
    }
    for (const [field, value] of changes.typed) {
      // What has been typed meanwhile is not saved yet.
      if (this.#owner.profileEdits.get(field) === value) {
        this.#owner.profileEdits.set(field, undefined);
      }
    }
    return true;
  }

  #changes() {
    const typed = PROFILE_FIELDS.flatMap((field) => {
      const value = this.#owner.profileEdits.get(field);
      return value === undefined ? [] : [[field, value] as const];
    });
    const sent = Object.fromEntries(typed.map(([field, value]) => [field, value.normalize("NFC")]));
    return { typed, sent };
  }

  #askFor(value: string): void {
    const nickname = value.normalize("NFC");
    const isOwn = nickname.toLowerCase() === this.#owner.me.nickname.toLowerCase();
    this.#check.ask(isOwn || problemIn("nickname", nickname) !== null ? null : nickname);
  }

  #takeRefusal(error: MoimError): void {
    const fields = PROFILE_FIELDS.filter((field) =>
      error.errors.some(({ path }) => path === field),
    );
    if (fields.length === 0 && error.code === "conflict") fields.push("nickname");
    if (fields.length === 0) throw error;
    for (const field of fields) {
      this.#refused[field] = error.code === "conflict" ? "nicknameTaken" : "refused";
    }
  }
}
