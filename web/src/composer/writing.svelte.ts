import type { Message } from "@moim/protocol";

/** What the text in the field will become. */
export type Intent =
  | { readonly kind: "new" }
  | { readonly kind: "reply"; readonly seq: number }
  | { readonly kind: "edit"; readonly seq: number; readonly text: string };

const NEW: Intent = { kind: "new" };

/** What is being written in one room. */
export class Writing {
  #intent: Intent = $state.raw(NEW);

  get intent(): Intent {
    return this.#intent;
  }

  get replyTo(): number | undefined {
    return this.#intent.kind === "reply" ? this.#intent.seq : undefined;
  }

  reply({ seq }: Pick<Message, "seq">): void {
    this.#intent = { kind: "reply", seq };
  }

  edit({ seq, text }: { seq: number; text: string }): void {
    this.#intent = { kind: "edit", seq, text };
  }

  /** A new message on its own. */
  reset(): void {
    this.#intent = NEW;
  }
}
