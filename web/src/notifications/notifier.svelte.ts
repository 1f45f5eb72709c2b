import type { RoomsView } from "@moim/client";
import type { Messenger } from "../messenger.svelte.ts";
import { nameIsKnown } from "../people/name-is-known.ts";
import { type Incoming, IncomingMessages } from "./incoming.ts";
import { ReadRooms } from "./read-rooms.ts";
import { ShownNotifications } from "./shown-notifications.ts";
import { isMyTurn } from "./turn.ts";
import { holdWatched, isAnyTabWatched } from "./watched.ts";

export type NotificationAbility = "absent" | "askable" | "refused" | "granted";

/**
 * Tells of messages that come in while nobody looks at any tab: one notification for each room that
 * has news, by one tab, in rooms that are not muted. A click opens the room. What has been read is
 * taken back, and with the end of the session everything.
 */
export class Notifier {
  readonly #messenger: Messenger;
  readonly #incoming: IncomingMessages;
  readonly #shown: ShownNotifications;
  readonly #read = new ReadRooms();
  #isOver = false;
  #ability: NotificationAbility = $state("absent");
  #ownNewestAt: number | null = null;
  #hasSent = $state(false);

  constructor(messenger: Messenger) {
    this.#messenger = messenger;
    this.#incoming = new IncomingMessages(messenger.me.id);
    const { shell, router } = messenger.app;
    this.#shown = new ShownNotifications(
      () => shell.notifications,
      (roomId) => router.go({ name: "room", roomId, details: false }),
    );
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

  /** Begins to watch; returns what ends it, and takes back whatever is shown. */
  watch(): () => void {
    const unsubscribe = this.#messenger.client.rooms.subscribe((view) => {
      for (const incoming of this.#incoming.take(view))
        this.#tell(incoming).catch(() => this.#look());
      this.#noticeOwn(view);
      this.#takeBackRead(view);
    });
    const endWatching = $effect.root(() => {
      $effect(() => {
        // The browser's settings may have been changed while somebody was away.
        this.#look();
        return this.#messenger.app.attention.isPaid ? holdWatched() : undefined;
      });
    });
    return () => {
      this.#isOver = true;
      unsubscribe();
      endWatching();
      void this.#shown.close(() => true);
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
    if (!this.#isWanted() || (await isAnyTabWatched())) return;
    if (!(await isMyTurn(app.storage, room.id, message))) return;
    await nameIsKnown(app.client, message.senderId);
    // Somebody may have come back, read it, or signed out while the name was looked up.
    if (!this.#isWanted() || !this.#isUnread(room.id)) return;
    const text = message.text ?? "";
    const body = room.kind === "group" ? `${app.nameOf(message.senderId)}: ${text}` : text;
    const title = this.#messenger.titleOf(room);
    const { seq, createdAt } = message;
    await this.#shown.show({ roomId: room.id, place: { seq, createdAt }, title, body });
  }

  #isWanted(): boolean {
    return !this.#isOver && this.isOn && !this.#messenger.app.attention.isPaid;
  }

  #isUnread(roomId: string): boolean {
    return this.#messenger.rooms.rooms.some(({ id, unread }) => id === roomId && unread > 0);
  }

  #takeBackRead(view: RoomsView): void {
    const isCurrent = this.#messenger.client.connection.current.state === "ready";
    const isRead = this.#read.take(view, isCurrent);
    if (isRead !== null) void this.#shown.close(isRead);
  }

  #noticeOwn({ state, rooms }: RoomsView): void {
    if (state !== "ready") return;
    const own = rooms.filter(({ lastMessage }) => lastMessage?.senderId === this.#messenger.me.id);
    const newestAt = Math.max(0, ...own.map(({ lastMessage }) => lastMessage?.createdAt ?? 0));
    if (this.#ownNewestAt !== null && newestAt > this.#ownNewestAt) this.#hasSent = true;
    this.#ownNewestAt = newestAt;
  }
}
