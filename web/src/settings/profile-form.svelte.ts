import { type MoimClient, MoimError } from "@moim/client";
import { countCharacters, type Me } from "@moim/protocol";
import { ACCOUNT_LIMITS } from "@moim/protocol/limits";
import { type FieldProblem, problemIn } from "../session/account-fields.ts";
import { type Availability, NicknameCheck } from "../session/nickname-check.svelte.ts";

export type ProfileField = "nickname" | "name" | "bio";
const FIELDS: readonly ProfileField[] = ["nickname", "name", "bio"];

/** One's own profile while it is being changed. */
export class ProfileForm {
  readonly #client: MoimClient;
  readonly #check: NicknameCheck;
  #saved: Pick<Me, ProfileField>;
  #values: Record<ProfileField, string>;
  #refused: Partial<Record<ProfileField, FieldProblem>> = $state({});
  #busy = $state(false);

  constructor(client: MoimClient, { nickname, name, bio }: Me) {
    this.#client = client;
    this.#check = new NicknameCheck(client);
    this.#saved = $state.raw({ nickname, name, bio });
    this.#values = $state({ nickname, name, bio });
  }

  get busy(): boolean {
    return this.#busy;
  }

  get availability(): Availability {
    return this.#check.availability;
  }

  /** Characters that the introduction may still have; negative where it has too many. */
  get bioLeft(): number {
    return ACCOUNT_LIMITS.bioCharactersMax - countCharacters(this.#values.bio);
  }

  get canSave(): boolean {
    const isChanged = FIELDS.some((field) => this.#values[field] !== this.#saved[field]);
    return isChanged && this.bioLeft >= 0 && FIELDS.every((field) => this.problem(field) === null);
  }

  value(field: ProfileField): string {
    return this.#values[field];
  }

  type(field: ProfileField, value: string): void {
    this.#values[field] = value;
    delete this.#refused[field];
    if (field !== "nickname") return;
    const nickname = value.normalize("NFC");
    const isOwn = nickname.toLowerCase() === this.#saved.nickname.toLowerCase();
    this.#check.ask(isOwn || problemIn("nickname", nickname) !== null ? null : nickname);
  }

  problem(field: ProfileField): FieldProblem | null {
    const refused = this.#refused[field];
    if (refused !== undefined) return refused;
    if (field === "nickname" && this.availability === "taken") return "nicknameTaken";
    return field === "bio" ? null : problemIn(field, this.#values[field]);
  }

  /** Saves what has changed. Rejects with what is no field's fault; a field's is shown there. */
  async save(): Promise<boolean> {
    if (this.#busy || !this.canSave) return false;
    this.#busy = true;
    try {
      const { nickname, name, bio } = await this.#client.updateProfile(this.#changes());
      this.#saved = { nickname, name, bio };
      this.#values = { nickname, name, bio };
      return true;
    } catch (error) {
      this.#takeRefusal(MoimError.from(error));
      return false;
    } finally {
      this.#busy = false;
    }
  }

  #changes(): Partial<Record<ProfileField, string>> {
    const changed = FIELDS.filter((field) => this.#values[field] !== this.#saved[field]);
    return Object.fromEntries(
      changed.map((field) => [field, this.#values[field].normalize("NFC")]),
    );
  }

  #takeRefusal(error: MoimError): void {
    const fields = FIELDS.filter((field) => error.errors.some(({ path }) => path === field));
    if (fields.length === 0 && error.code === "conflict") fields.push("nickname");
    if (fields.length === 0) throw error;
    for (const field of fields) {
      this.#refused[field] = error.code === "conflict" ? "nicknameTaken" : "refused";
    }
  }
}
