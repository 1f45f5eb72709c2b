import { createContext } from "svelte";
import type { App } from "../app.svelte.ts";
import type { RoomSession } from "../rooms/room-session.svelte.ts";
import type { Bubble } from "./rows.ts";

/** What something is being done with, and the element that it is about. */
type Held = { readonly bubble: Bubble; readonly anchor: HTMLElement };

/** Shown first, before the whole choice. */
export const QUICK_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

/** What can be done with the messages of a room, and what of it is going on. */
export class MessageActions {
  readonly #app: App;
  readonly #session: RoomSession;
  readonly #jump: (seq: number) => void;
  /** The row under the pointer, or with the focus: it shows its buttons. */
  pointedKey: string | null = $state(null);
  #menu: Held | null = $state.raw(null);
  #emoji: Held | null = $state.raw(null);
  #deleting: Bubble | null = $state.raw(null);
  #reactorsKey: string | null = $state(null);

  constructor(app: App, session: RoomSession, jump: (seq: number) => void) {
    this.#app = app;
    this.#session = session;
    this.#jump = jump;
  }

  get session(): RoomSession {
    return this.#session;
  }

  get menu(): Held | null {
    return this.#menu;
  }

  get emoji(): Held | null {
    return this.#emoji;
  }

  get deleting(): Bubble | null {
    return this.#deleting;
  }

  /** The message of which one looks at who reacted. */
  get reactorsKey(): string | null {
    return this.#reactorsKey;
  }

  /** Whether anything is open over the messages. */
  get isBusy(): boolean {
    const open = [this.#menu, this.#emoji, this.#deleting, this.#reactorsKey];
    return open.some((what) => what !== null);
  }

  /** Whether anything can be done with it: it is stored and not deleted. */
  isFor({ seq, text }: Bubble): boolean {
    return seq !== null && text !== null;
  }

  /** Whether it has not been sent yet, or could not be: it can be copied and taken back. */
  isUnsent({ seq, clientId }: Bubble): boolean {
    return seq === null && clientId !== null;
  }

  /** Whether it is the one under the pointer, or what is open concerns it. */
  isAt({ key }: Bubble): boolean {
    return [this.pointedKey, this.#menu?.bubble.key, this.#emoji?.bubble.key].includes(key);
  }

  openMenu(bubble: Bubble, anchor: HTMLElement): void {
    if (this.isFor(bubble) || this.isUnsent(bubble)) this.#menu = { bubble, anchor };
  }

  closeMenu(): void {
    this.#menu = null;
  }

  openEmoji(bubble: Bubble, anchor: HTMLElement): void {
    if (this.isFor(bubble)) this.#emoji = { bubble, anchor };
  }

  closeEmoji(): void {
    this.#emoji = null;
  }

  openReactors({ key }: Bubble): void {
    this.#reactorsKey = key;
  }

  closeReactors(): void {
    this.#reactorsKey = null;
  }

  reply({ seq }: Bubble): void {
    if (seq !== null) this.#session.writing.reply({ seq });
  }

  edit({ seq, text }: Bubble): void {
    if (seq !== null && text !== null) this.#session.writing.edit({ seq, text });
  }

  async copy({ text }: Bubble): Promise<void> {
    if (text !== null) await this.#app.copy(text);
  }

  react(bubble: Bubble, emoji: string): void {
    void this.#app.attempt(() => this.#session.toggleReaction(bubble, emoji));
  }

  /** Takes back what has not been sent. */
  discard({ clientId }: Bubble): void {
    if (clientId !== null) void this.#app.attempt(() => this.#session.discard(clientId));
  }

  askToDelete(bubble: Bubble): void {
    this.#deleting = bubble;
  }

  keep(): void {
    this.#deleting = null;
  }

  async delete(): Promise<void> {
    const seq = this.#deleting?.seq ?? null;
    if (seq !== null) await this.#app.attempt(() => this.#session.delete(seq));
    this.#deleting = null;
  }

  jumpTo(seq: number): void {
    this.#jump(seq);
  }
}

export const [getMessageActions, setMessageActions] = createContext<MessageActions>();
