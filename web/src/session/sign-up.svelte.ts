import { type MoimClient, MoimError } from "@moim/client";
import { type AccountField, type FieldProblem, problemIn } from "./account-fields.ts";
import { NicknameCheck } from "./nickname-check.svelte.ts";

const FIELDS: readonly AccountField[] = ["email", "name", "nickname", "password"];

/**
 * Signing up: the form, and the code step where the server asks for one. A field's problem shows
 * once the user has left it: nobody is corrected while typing.
 */
export class SignUp {
  readonly #client: MoimClient;
  readonly #nickname: NicknameCheck;
  #values: Record<AccountField, string> = $state({
    email: "",
    name: "",
    nickname: "",
    password: "",
  });
  #left: Record<AccountField, boolean> = $state({
    email: false,
    name: false,
    nickname: false,
    password: false,
  });
  /** What the server said about a value; forgotten when the value changes. */
  #refused: Partial<Record<AccountField, FieldProblem>> = $state({});
  #step: "form" | "code" = $state("form");
  #codeIsWrong = $state(false);
  #resendAtMs = $state(0);
  #busy = $state(false);

  constructor(client: MoimClient) {
    this.#client = client;
    this.#nickname = new NicknameCheck(client);
  }

  get step(): "form" | "code" {
    return this.#step;
  }
  get busy(): boolean {
    return this.#busy;
  }
  get codeIsWrong(): boolean {
    return this.#codeIsWrong;
  }
  /** From when another code may be asked for. */
  get resendAtMs(): number {
    return this.#resendAtMs;
  }
  get availability() {
    return this.#nickname.availability;
  }

  value(field: AccountField): string {
    return this.#values[field];
  }

  type(field: AccountField, value: string): void {
    this.#values[field] = value;
    delete this.#refused[field];
    if (field !== "nickname") return;
    this.#nickname.ask(problemIn("nickname", value) === null ? value.normalize("NFC") : null);
  }

  leave(field: AccountField): void {
    // An empty field that was only passed through is not wrong yet.
    if (this.#values[field] !== "") this.#left[field] = true;
  }

  problem(field: AccountField): FieldProblem | null {
    const refused = this.#refused[field];
    if (refused !== undefined) return refused;
    if (field === "nickname" && this.availability === "taken") return "nicknameTaken";
    return this.#left[field] ? problemIn(field, this.#values[field]) : null;
  }

  backToForm(): void {
    this.#step = "form";
    this.#codeIsWrong = false;
  }

  codeChanged(): void {
    this.#codeIsWrong = false;
  }

  /** Signs up. Rejects with what is no field's fault; a field's fault is shown at the field. */
  async submit(code?: string): Promise<void> {
    if (this.#busy || !this.#everythingIsFilledIn()) return;
    await this.#whileBusy(async () => {
      try {
        await this.#client.signUp({
          email: this.#values.email.trim(),
          password: this.#values.password,
          nickname: this.#values.nickname.normalize("NFC"),
          name: this.#values.name.normalize("NFC"),
          ...(code === undefined ? {} : { code }),
        });
      } catch (error) {
        await this.#takeRefusal(MoimError.from(error), code !== undefined);
      }
    });
  }

  async requestCode(): Promise<void> {
    await this.#whileBusy(() => this.#askForCode());
  }

  #everythingIsFilledIn(): boolean {
    for (const field of FIELDS) this.#left[field] = true;
    return FIELDS.every((field) => this.problem(field) === null);
  }

  async #takeRefusal(error: MoimError, hadCode: boolean): Promise<void> {
    const paths = error.errors.map((fieldError) => fieldError.path);
    if (paths.includes("code")) {
      if (hadCode) this.#codeIsWrong = true;
      else await this.#askForCode();
      return;
    }
    const fields = FIELDS.filter((field) => paths.includes(field));
    // A conflict that names no field can only be one of the two that are unique.
    if (fields.length === 0 && error.code === "conflict") fields.push("email");
    if (fields.length === 0) throw error;
    for (const field of fields) this.#refused[field] = refusalOf(field, error);
    this.#step = "form";
  }

  async #askForCode(): Promise<void> {
    const { resendAt } = await this.#client.requestVerificationCode(this.#values.email.trim());
    this.#resendAtMs = resendAt;
    this.#codeIsWrong = false;
    this.#step = "code";
  }

  async #whileBusy(work: () => Promise<void>): Promise<void> {
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }
}

function refusalOf(field: AccountField, error: MoimError): FieldProblem {
  // Whatever else can be wrong with a password was looked at before it was sent.
  if (field === "password") return "passwordCommon";
  if (error.code !== "conflict") return "refused";
  return field === "nickname" ? "nicknameTaken" : "emailTaken";
}
