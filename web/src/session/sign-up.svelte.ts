import { type MoimClient, MoimError } from "@moim/client";
import { type AccountField, type FieldProblem, problemIn } from "./account-fields.ts";
import { forgetSignUp, keepSignUp, keptSignUp } from "./kept-sign-up.ts";
import { NicknameCheck } from "./nickname-check.svelte.ts";

const FIELDS: readonly AccountField[] = ["email", "name", "nickname", "password"];

/**
 * Signing up: the form, and the code step where the server asks for one. A field's problem shows
 * once the user has left it: nobody is corrected while typing.
 */
export class SignUp {
  readonly #client: MoimClient;
  readonly #storage: Storage;
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
  /** The page was loaded again during the code step: the password is to be typed once more. */
  #lostPassword = $state(false);
  /** An attempt got no answer: the account may be there. */
  #mayBeDone = false;

  constructor(client: MoimClient, tabStorage: Storage) {
    this.#client = client;
    this.#storage = tabStorage;
    this.#nickname = new NicknameCheck(client);
    const kept = keptSignUp(tabStorage, Date.now());
    if (kept === null) return;
    const { email, name, nickname, resendAtMs } = kept;
    this.#values = { email, name, nickname, password: "" };
    this.#resendAtMs = resendAtMs;
    this.#lostPassword = true;
    this.#step = "code";
  }

  get step(): "form" | "code" {
    return this.#step;
  }
  get lostPassword(): boolean {
    return this.#lostPassword;
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
    forgetSignUp(this.#storage);
    this.#lostPassword = false;
    this.#step = "form";
    this.#codeIsWrong = false;
  }

  codeChanged(): void {
    this.#codeIsWrong = false;
  }

  /** Signs up. Rejects with what is no field's fault; a field's fault is shown at the field. */
  async submit(code?: string): Promise<void> {
    if (!this.#everythingIsFilledIn()) return;
    // The server says so itself now; and once the account is made, its own nickname is taken.
    this.#nickname.giveUp();
    try {
      await this.#client.signUp({
        email: this.#values.email.trim(),
        password: this.#values.password,
        nickname: this.#values.nickname.normalize("NFC"),
        name: this.#values.name.normalize("NFC"),
        ...(code === undefined ? {} : { code }),
      });
    } catch (caught) {
      const error = MoimError.from(caught);
      if (await this.#wasDoneBefore(error)) return;
      await this.#takeRefusal(error, code !== undefined);
    }
  }

  async requestCode(): Promise<void> {
    const { resendAt, expiresAt } = await this.#client.requestVerificationCode(
      this.#values.email.trim(),
    );
    this.#resendAtMs = resendAt;
    this.#codeIsWrong = false;
    this.#step = "code";
    const { email, name, nickname } = this.#values;
    const times = { resendAtMs: resendAt, expiresAtMs: expiresAt };
    keepSignUp(this.#storage, { email, name, nickname, ...times });
  }

  /** The attempt before had no answer and has succeeded: what is refused now is to do it again. */
  async #wasDoneBefore(error: MoimError): Promise<boolean> {
    if (error.code === "unavailable") this.#mayBeDone = true;
    if (error.retryable || !this.#mayBeDone) return false;
    this.#mayBeDone = false;
    const { email, password } = this.#values;
    try {
      await this.#client.signIn({ email: email.trim(), password });
      return true;
    } catch {
      // It was not: the refusal is told.
      return false;
    }
  }

  #everythingIsFilledIn(): boolean {
    for (const field of FIELDS) this.#left[field] = true;
    return FIELDS.every((field) => this.problem(field) === null);
  }

  async #takeRefusal(error: MoimError, hadCode: boolean): Promise<void> {
    const paths = error.errors.map((fieldError) => fieldError.path);
    if (paths.includes("code")) {
      if (hadCode) this.#codeIsWrong = true;
      else await this.requestCode();
      return;
    }
    const fields = FIELDS.filter((field) => paths.includes(field));
    // A conflict that names no field can only be one of the two that are unique.
    if (fields.length === 0 && error.code === "conflict") fields.push("email");
    if (fields.length === 0) throw error;
    for (const field of fields) this.#refused[field] = refusalOf(field, error);
    // The password is the only one of them that the code step can show.
    const isShown = this.#lostPassword && fields.every((field) => field === "password");
    if (!isShown) this.backToForm();
  }
}

function refusalOf(field: AccountField, error: MoimError): FieldProblem {
  // Whatever else can be wrong with a password was looked at before it was sent.
  if (field === "password") return "passwordCommon";
  if (error.code !== "conflict") return "refused";
  return field === "nickname" ? "nicknameTaken" : "emailTaken";
}
