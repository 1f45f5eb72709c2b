import type { Message } from "@moim/protocol";
import type { PendingMessage } from "../api.ts";
import { OTHER_TAB_FIRST_MS, OUTBOX_ENTRIES_MAX } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { Tabs } from "../tabs.ts";
import { pendingOf, type QueuedEntry, RoomQueue } from "./room-queue.ts";
import type { OutboxStorage, StoredEntry } from "./storage.ts";

export type OutboxParts = {
  userId: string;
  storage: OutboxStorage;
  clock: Clock;
  random: () => number;
  tabs: Tabs;
  newClientId: () => string;
  isReady(): boolean;
  transmit(entry: StoredEntry): Promise<Message>;
  onAccepted(pending: PendingMessage, message: Message): void;
  /** The room's pending messages have changed. */
  onChanged(roomId: string): void;
};

const WAITING = { delivery: { state: "waiting" }, internalErrors: 0 } as const;

/**
 * One user's messages until the server has them: shown at once, sent once they are stored. From then on
 * they survive whatever the storage survives; they are sent in order within each room.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #queues = new Map<string, RoomQueue>();
  readonly #unsubscribeTabs: () => void;
  /** Storage is used in turn, so that a later change never arrives before an earlier one. */
  #storing: Promise<unknown> = Promise.resolve();
  #lastPosition = 0;
  #cancelTakeOver: () => void = () => {};
  #isStopped = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#unsubscribeTabs = parts.tabs.subscribe((message) => this.#hearTab(message));
  }

  /** Takes up what was left from last time; to be sent at the next `resume`. */
  open(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  pending(roomId: string): readonly PendingMessage[] {
    return (this.#queues.get(roomId)?.entries ?? []).map(pendingOf);
  }

  /** How many wait or have failed, in all rooms. */
  get count(): number {
    return [...this.#queues.values()].reduce((sum, { entries }) => sum + entries.length, 0);
  }

  /** Shown when it returns; resolves once stored. The order of calls is the order of messages. */
  async add(roomId: string, text: string, replyTo: number | null): Promise<PendingMessage> {
    const { userId, clock, newClientId, storage } = this.#parts;
    this.#refuseWhenStopped();
    this.#refuseWhenFull();
    this.#lastPosition = Math.max(clock.now(), this.#lastPosition + 1);
    const stored: StoredEntry = {
      userId,
      clientId: newClientId(),
      roomId,
      text,
      replyTo,
      createdAt: clock.now(),
      position: this.#lastPosition,
      failed: null,
    };
    const queue = this.#queue(roomId);
    const entry: QueuedEntry = { ...WAITING, stored, isKept: false };
    queue.put(entry);
    try {
      await this.#inTurn(() => storage.put(stored));
    } catch (error) {
      queue.remove(stored.clientId);
      throw error;
    }
    this.#tellTabs();
    queue.kept(stored.clientId);
    return pendingOf(entry);
  }

  /** Sends a failed message again, in its old place. */
  async retry(roomId: string, clientId: string): Promise<void> {
    this.#refuseWhenStopped();
    const queue = this.#queue(roomId);
    const entry = queue.entries.find((held) => held.stored.clientId === clientId);
    if (entry?.delivery.state !== "failed") return;
    const stored = { ...entry.stored, failed: null };
    await this.#inTurn(async () => {
      await this.#parts.storage.put(stored);
      queue.put({ ...WAITING, stored, isKept: true });
    });
    this.#tellTabs();
    queue.resume();
  }

  /** Rejects with `conflict` while the message is on its way: it may have arrived. */
  async discard(roomId: string, clientId: string): Promise<void> {
    const queue = this.#queue(roomId);
    const entry = queue.entries.find((held) => held.stored.clientId === clientId);
    if (!entry) return;
    if (entry.delivery.state === "sending") throw new MoimError("conflict", "being sent");
    queue.remove(clientId);
    await this.#inTurn(() => this.#parts.storage.remove(this.#parts.userId, clientId));
    this.#tellTabs();
  }

  /** Sends what waits in every room: the connection is ready. */
  resume(): void {
    for (const queue of this.#queues.values()) queue.resume();
  }

  /** Something was committed in the room: what the server could not serve there is tried at once. */
  committedIn(roomId: string): void {
    this.#queues.get(roomId)?.serverCommits();
  }

  /** Nothing is sent from now on; what waits stays stored. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTakeOver();
    this.#unsubscribeTabs();
    for (const queue of this.#queues.values()) queue.stop();
  }

  /** Stops and forgets everything of this user: nobody who signs in next may see or send it. */
  async clear(): Promise<void> {
    this.stop();
    await this.#inTurn(() => this.#parts.storage.clear(this.#parts.userId));
  }

  /** Whatever were stored now would outlive the clearing. */
  #refuseWhenStopped(): void {
    if (this.#isStopped) throw new MoimError("token_invalid", "signed out");
  }

  #refuseWhenFull(): void {
    if (this.count >= OUTBOX_ENTRIES_MAX)
      throw new MoimError("rate_limited", "too many messages wait");
  }

  #queue(roomId: string): RoomQueue {
    let queue = this.#queues.get(roomId);
    if (!queue) {
      const { storage, clock, random, tabs, isReady, transmit, onAccepted, onChanged } =
        this.#parts;
      queue = new RoomQueue({
        storage,
        clock,
        random,
        isReady,
        transmit,
        onAccepted,
        onChanged: () => onChanged(roomId),
        exclusively: (work) =>
          storage.isShared ? tabs.exclusively(`outbox-${roomId}`, work) : work(),
      });
      this.#queues.set(roomId, queue);
    }
    return queue;
  }

  /** Makes the queues agree with the storage, which other tabs change too. */
  async #load(): Promise<void> {
    const stored = await this.#parts.storage.load(this.#parts.userId);
    const storedIds = new Set(stored.map(({ clientId }) => clientId));
    for (const queue of this.#queues.values()) {
      for (const { stored: held, delivery, isKept } of queue.entries) {
        const isGone = isKept && !storedIds.has(held.clientId) && delivery.state !== "sending";
        if (isGone) queue.remove(held.clientId);
      }
    }
    for (const entry of stored) this.#take(entry);
  }

  #take(stored: StoredEntry): void {
    const queue = this.#queue(stored.roomId);
    const held = queue.entries.find((entry) => entry.stored.clientId === stored.clientId);
    this.#lastPosition = Math.max(this.#lastPosition, stored.position);
    if (held?.delivery.state === "sending") return;
    if (held && held.stored.failed?.code === stored.failed?.code) return;
    queue.put({
      ...WAITING,
      stored,
      isKept: true,
      delivery: stored.failed ? { state: "failed", ...stored.failed } : { state: "waiting" },
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#storing.then(work);
    this.#storing = result.catch(() => {});
    return result;
  }

  #tellTabs(): void {
    if (this.#parts.storage.isShared) this.#parts.tabs.post({ type: "outbox" });
  }

  #hearTab(message: unknown): void {
    if ((message as { type?: unknown } | null)?.type !== "outbox") return;
    if (!this.#parts.storage.isShared) return;
    void this.#inTurn(() => this.#load());
    // The tab in which it was typed sends it; unless that one sleeps or is gone.
    this.#cancelTakeOver();
    this.#cancelTakeOver = this.#parts.clock.after(OTHER_TAB_FIRST_MS, () => this.resume());
  }
}
