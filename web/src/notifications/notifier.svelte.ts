import type { RoomsView } from "@moim/client";
import type { Messenger } from "../messenger.svelte.ts";
import { type Incoming, IncomingMessages } from "./incoming.ts";
import { isMyTurn } from "./turn.ts";
import { holdWatched, isAnyTabWatched } from "./watched.ts";

/** A name that has not come by then is not waited for. */
const NAME_PATIENCE_MS = 1_500;

export type NotificationAbility = "absent" | "askable" | "refused" | "granted";

/**
 * Tells of messages that come in while nobody looks at any tab: one notification for each room that
 * has news, by one tab, in rooms that are not muted. A click opens the room.
 */
export class Notifier {
  readonly #messenger: Messenger;
  readonly #incoming: IncomingMessages;
  readonly #toldRooms = new Set<string>();
  #ability: NotificationAbility = $state("absent");
  #ownNewestAt: number | null = null;
  #hasSent = $state(false);

  constructor(messenger: Messenger) {
    this.#messenger = messenger;
    this.#incoming = new IncomingMessages(messenger.me.id);
    this.#look();
  }

  get ability(): NotificationAbility {
    return this.#ability;
  }

  /** Whether notifications are shown as things stand. */
  get isOn(): boolean {
    return this.#ability === "granted" && this.#messenger.app.preferences.notifications === "on";
  }

  /** The moment to ask: somebody who has just said something may want to hear the answer. */
  get isWorthOffering(): boolean {
    const { notifications } = this.#messenger.app.preferences;
    return this.#hasSent && this.#ability === "askable" && notifications === "undecided";
  }

  /** Must come from a click, as browsers want it. */
  async turnOn(): Promise<void> {
    if (this.#ability === "absent") return;
    await Notification.requestPermission();
    this.#look();
    this.#messenger.app.preferences.chooseNotifications(true);
  }

  turnOff(): void {
    this.#messenger.app.preferences.chooseNotifications(false);
  }

  /** Begins to watch; returns what ends it. */
  watch(): () => void {
    const unsubscribe = this.#messenger.client.rooms.subscribe((view) => {
      for (const incoming of this.#incoming.take(view)) void this.#tell(incoming);
      this.#noticeOwn(view);
      void this.#takeBack(view);
    });
    const endWatching = $effect.root(() => {
      $effect(() => (this.#messenger.app.attention.isPaid ? holdWatched() : undefined));
    });
    return () => {
      unsubscribe();
      endWatching();
    };
  }

  #look(): void {
    if (!("Notification" in globalThis)) return;
    const { permission } = Notification;
    this.#ability =
      permission === "default" ? "askable" : permission === "denied" ? "refused" : "granted";
  }

  async #tell({ room, message }: Incoming): Promise<void> {
    const { app } = this.#messenger;
    if (!this.isOn || app.attention.isPaid || (await isAnyTabWatched())) return;
    if (!(await isMyTurn(app.storage, room.id, message.seq))) return;
    await this.#nameIsKnown(message.senderId);
    const text = message.text ?? "";
    const body = room.kind === "group" ? `${app.nameOf(message.senderId)}: ${text}` : text;
    await this.#show(this.#messenger.titleOf(room), body, room.id);
  }

  async #show(title: string, body: string, roomId: string): Promise<void> {
    const { app } = this.#messenger;
    const icon = "/icon-192.png";
    const options = { body, tag: roomId, renotify: true, icon, data: { roomId } };
    this.#toldRooms.add(roomId);
    // On a phone only the worker may show them.
    if (app.shell.notifications !== null) {
      await app.shell.notifications.showNotification(title, options);
      return;
    }
    new Notification(title, options).addEventListener("click", () => {
      window.focus();
      app.router.go({ name: "room", roomId, details: false });
    });
  }

  /** What has been read, here or on another device, needs no telling any more. */
  async #takeBack({ rooms }: RoomsView): Promise<void> {
    if (this.#toldRooms.size === 0) return;
    const read = rooms.filter(({ id, unread }) => unread === 0 && this.#toldRooms.delete(id));
    for (const { id } of read) {
      const shown = await this.#messenger.app.shell.notifications?.getNotifications({ tag: id });
      for (const notification of shown ?? []) notification.close();
    }
  }

  #noticeOwn({ state, rooms }: RoomsView): void {
    if (state !== "ready") return;
    const own = rooms.filter(({ lastMessage }) => lastMessage?.senderId === this.#messenger.me.id);
    const newestAt = Math.max(0, ...own.map(({ lastMessage }) => lastMessage?.createdAt ?? 0));
    if (this.#ownNewestAt !== null && newestAt > this.#ownNewestAt) this.#hasSent = true;
    this.#ownNewestAt = newestAt;
  }

  #nameIsKnown(userId: string): Promise<void> {
    return new Promise((resolve) => {
      let isKnown = false;
      let unsubscribe = () => {};
      const end = () => {
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(end, NAME_PATIENCE_MS);
      unsubscribe = this.#messenger.client.user(userId).subscribe((user) => {
        if (user === null || isKnown) return;
        isKnown = true;
        clearTimeout(timer);
        // Not at once: a listener is called before `subscribe` has answered.
        queueMicrotask(end);
      });
    });
  }
}
