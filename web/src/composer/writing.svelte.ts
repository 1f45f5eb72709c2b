import type { Message } from "@moim/protocol";
import type { Edit, Intent, KeptWritings } from "./kept-writings.ts";

const NEW: Intent = { kind: "new" };

/** What is being written in one room, whether the room is on the screen or not. */
export class Writing {
  readonly #roomId: string;
  readonly #kept: KeptWritings;
  #intent: Intent = $state.raw(NEW);
  #written: string;
  #refused: readonly Edit[] = $state.raw([]);
  /** Sent, and not answered yet. */
  #underWay: readonly Edit[] = $state.raw([]);

  constructor(roomId: string, kept: KeptWritings) {
    this.#roomId = roomId;
    this.#kept = kept;
    const before = kept.get(roomId);
    this.#intent = before?.intent ?? NEW;
    this.#written = before?.written ?? "";
    // Also what was under way when the page went: whether it was taken, the room shows.
    this.#refused = before?.aside ?? [];
  }

  get intent(): Intent {
    return this.#intent;
  }

  get replyTo(): number | undefined {
    return this.#intent.kind === "reply" ? this.#intent.seq : undefined;
  }

  /** The text of an edit as far as it has got. */
  get written(): string {
    return this.#written;
  }

  reply({ seq }: Pick<Message, "seq">): void {
    this.#set({ kind: "reply", seq }, "");
  }

  /** Edits that were refused while something else was being written. */
  get refused(): readonly Edit[] {
    return this.#refused;
  }

  setAside(edit: Edit): void {
    this.drop(edit);
    this.#refused = [...this.#refused, edit];
    this.#keep();
  }

  drop({ seq }: Edit): void {
    this.#refused = this.#refused.filter((refused) => refused.seq !== seq);
    this.#keep();
  }

  /** What a message is becoming, while nobody has answered; null where it is not being changed. */
  becoming(seq: number | null): string | null {
    return this.#underWay.find((edit) => edit.seq === seq)?.written ?? null;
  }

  /** Nothing of the edit is lost with the page before it is answered; resolves to whether it was taken. */
  async deliver(edit: Edit, send: () => Promise<boolean>): Promise<boolean> {
    this.#underWay = [...this.#underWay, edit];
    this.#keep();
    const isTaken = await send();
    this.#underWay = this.#underWay.filter((other) => other !== edit);
    this.#keep();
    return isTaken;
  }

  /** Goes on with it; an edit that was under way waits in its place. */
  takeUp(edit: Edit): void {
    this.drop(edit);
    if (this.#intent.kind === "edit") {
      const { seq, text } = this.#intent;
      this.setAside({ seq, text, written: this.#written });
    }
    this.edit(edit, edit.written);
  }

  /** `written`: where an edit is taken up again that got so far. */
  edit({ seq, text }: { seq: number; text: string }, written = text): void {
    this.#set({ kind: "edit", seq, text }, written);
  }

  /** A keystroke in an edit. */
  write(written: string): void {
    this.#written = written;
    this.#keep();
  }

  /** A new message on its own. */
  reset(): void {
    this.#set(NEW, "");
  }

  #set(intent: Intent, written: string): void {
    this.#intent = intent;
    this.write(written);
  }

  #keep(): void {
    // Of each message the latest edit.
    const aside = new Map([...this.#refused, ...this.#underWay].map((edit) => [edit.seq, edit]));
    const [intent, written] = [this.#intent, this.#written];
    this.#kept.set(this.#roomId, { intent, written, aside: [...aside.values()] });
  }
}
