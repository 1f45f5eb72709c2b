import type { OpenRoom, TimelineView } from "@moim/client";
import type { RoomSummary } from "@moim/protocol";
import { fromStore } from "svelte/store";
import type { Messenger } from "../messenger.svelte.ts";
import { type Row, type RowCache, timelineRows } from "../timeline/rows.ts";

/** One room on the screen, from opening to closing it. */
export class RoomSession {
  readonly roomId: string;
  readonly #open: OpenRoom;
  readonly #view: { readonly current: TimelineView };
  readonly #readerId: string;
  readonly #rowCache: RowCache = new WeakMap();
  /** Fixed when the room opens: the divider must not move while one reads. */
  #unreadAfterSeq: number | null | undefined = $state();
  #olderFailed = $state(false);
  #rows: Row[] = $derived.by(() =>
    timelineRows(
      this.view.items,
      { readerId: this.#readerId, unreadAfterSeq: this.#unreadAfterSeq ?? null },
      this.#rowCache,
    ),
  );

  constructor(messenger: Messenger, roomId: string) {
    this.roomId = roomId;
    this.#readerId = messenger.me.id;
    this.#open = messenger.client.openRoom(roomId);
    this.#view = fromStore(this.#open.timeline);
  }

  get view(): TimelineView {
    return this.#view.current;
  }

  get room(): RoomSummary | null {
    return this.view.room;
  }

  get rows(): Row[] {
    return this.#rows;
  }

  get olderFailed(): boolean {
    return this.#olderFailed;
  }

  /** Decides, once, where the divider stands; call when the room's state is first known. */
  placeDivider(room: RoomSummary): void {
    if (this.#unreadAfterSeq !== undefined) return;
    this.#unreadAfterSeq = room.unread > 0 ? room.readSeq : null;
  }

  removeDivider(): void {
    this.#unreadAfterSeq = null;
  }

  send(text: string): Promise<unknown> {
    return this.#open.send(text);
  }

  retry(clientId: string): Promise<void> {
    return this.#open.retry(clientId);
  }

  discard(clientId: string): Promise<void> {
    return this.#open.discard(clientId);
  }

  /** Loads the page before; a failure waits for the user to ask again. */
  async loadOlder(): Promise<void> {
    this.#olderFailed = false;
    try {
      await this.#open.loadOlder();
    } catch {
      this.#olderFailed = true;
    }
  }

  reload(): Promise<void> {
    return this.#open.reload();
  }

  markRead(seq: number): void {
    this.#open.markRead(seq);
  }

  close(): void {
    this.#open.close();
  }
}
