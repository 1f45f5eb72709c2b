import {
  createMoimClient,
  type MoimClient,
  memoryStorage,
  type OpenRoom,
  type OpenSocket,
  openSocketIo,
  type TimelineItem,
  type TimelineView,
} from "@moim/client";
import { type Change, changeOf, type WireChange } from "./changes.ts";
import type {
  LoadClient,
  LoadClientListener,
  MessageChange,
  MintedUser,
  OutgoingMessage,
  SendOutcome,
} from "./load-client.ts";
import { type Misshown, misshown } from "./misshown.ts";

export type PackageClientOptions = {
  url: string;
  user: MintedUser;
  /** Shown from the beginning, as on a screen with all of them. */
  roomIds: readonly string[];
};

export type PackageClientListener = LoadClientListener & {
  /** Each once, however long it is shown. */
  misshown(roomId: string, shown: Misshown): void;
};

/** So many of the newest are looked at: nobody changes older ones, and nothing new comes before them. */
const CHANGED_MAX = 300;

type Waiting = (outcome: SendOutcome) => void;

/**
 * A person with the real client: outbox, renewal, catching up and order are `@moim/client`'s own, and what
 * counts as received is what it shows. Heavier by far than `RawClient`; for runs about correctness.
 */
export class PackageClient implements LoadClient {
  readonly recovery = "by itself";
  readonly #client: MoimClient;
  readonly #listener: PackageClientListener;
  readonly #roomIds: readonly string[];
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #seen = new WeakSet<TimelineItem>();
  readonly #misshown = new Set<string>();
  #nextClientId = "";
  #isReady = false;
  #cut: () => void = () => {};

  constructor(
    { url, user, roomIds }: PackageClientOptions,
    listener: PackageClientListener,
    newClient = createMoimClient,
  ) {
    this.#listener = listener;
    this.#roomIds = roomIds;
    const openSocket: OpenSocket = (target, handlers) => {
      const socket = openSocketIo(target, handlers);
      this.#cut = () => {
        socket.close();
        handlers.closed();
      };
      return socket;
    };
    this.#client = newClient({
      baseUrl: url,
      tokenTransport: "body",
      outboxStorage: memoryStorage(),
      openSocket,
      newClientId: () => this.#nextClientId,
      session: {
        user: { ...EMPTY_PROFILE, id: user.userId, nickname: user.nickname, name: user.nickname },
        sessionId: user.sessionId,
        accessToken: user.accessToken,
        accessTokenExpiresAt: user.expiresAt,
        refreshToken: user.refreshToken,
      },
    });
    this.#client.connection.subscribe((connection) => {
      const wasReady = this.#isReady;
      this.#isReady = connection.state === "ready";
      if (connection.state === "ready" && !wasReady) listener.ready(connection.nodeId);
      // Renewing, it is still connected.
      if (wasReady && !this.#isReady && connection.state !== "renewing") {
        listener.closed(connection.state, undefined);
      }
    });
  }

  connect(): void {
    void this.#client.start();
    for (const roomId of this.#roomIds) {
      const room = this.#client.openRoom(roomId);
      this.#rooms.set(roomId, room);
      room.timeline.subscribe((view) => this.#show(roomId, view));
    }
  }

  send(message: OutgoingMessage, onOutcome: (outcome: SendOutcome) => void): void {
    const room = this.#rooms.get(message.roomId);
    if (room === undefined) throw new Error("a message to a room that is not open");
    // The outbox asks for it before `send` returns.
    this.#nextClientId = message.clientId;
    this.#waiting.set(message.clientId, onOutcome);
    room.send(message.text).catch((error: { code?: string }) => {
      this.#settle(message.clientId, refusedBy(error.code ?? "internal"));
    });
  }

  change(change: MessageChange): Promise<WireChange> {
    const room = this.#rooms.get(change.roomId);
    if (room === undefined) throw new Error("a change in a room that is not open");
    switch (change.what) {
      case "edit":
        return room.edit(change.seq, change.text);
      case "delete":
        return room.delete(change.seq);
      case "react":
        return room.react(change.seq, change.emoji, change.on);
    }
  }

  read(roomId: string, seq: number): void {
    this.#rooms.get(roomId)?.markRead(seq);
  }

  typing(roomId: string): void {
    this.#rooms.get(roomId)?.setTyping(true);
  }

  cut(): void {
    this.#cut();
  }

  pause(): void {
    throw new Error("the client package always reads");
  }

  resume(): void {}

  stop(): void {
    for (const room of this.#rooms.values()) room.close();
    void this.#client.stop();
  }

  #show(roomId: string, view: TimelineView): void {
    for (const shown of misshown(view.items.slice(-CHANGED_MAX))) {
      if (this.#misshown.has(`${roomId} ${shown.what}`)) continue;
      this.#misshown.add(`${roomId} ${shown.what}`);
      this.#listener.misshown(roomId, shown);
    }
    const changes: Change[] = [];
    for (let at = view.items.length - 1; at >= 0; at--) {
      const item = view.items[at];
      if (item === undefined) break;
      // Unchanged items keep their identity.
      if (this.#seen.has(item)) {
        if (view.items.length - at > CHANGED_MAX) break;
        continue;
      }
      this.#seen.add(item);
      if (item.kind === "message") changes.unshift(this.#shown(item.message));
      else if (item.pending.delivery.state === "failed") {
        this.#settle(item.pending.clientId, refusedBy(item.pending.delivery.code));
      }
    }
    if (changes.length > 0) this.#listener.changes({ roomId, changes });
  }

  #shown(message: WireChange): Change {
    const { seq, rev, clientId } = message;
    if (clientId) {
      this.#settle(clientId, { outcome: "stored", seq, rev, duplicate: false });
    }
    return changeOf(message);
  }

  #settle(clientId: string, outcome: SendOutcome): void {
    const waiting = this.#waiting.get(clientId);
    this.#waiting.delete(clientId);
    waiting?.(outcome);
  }
}

const EMPTY_PROFILE = { bio: "", avatarUrl: null, email: "", createdAt: 0 };

/** The outbox has given up; it repeats by itself what is worth repeating. */
function refusedBy(code: string): SendOutcome {
  return { outcome: "refused", code, retryable: false, retryAfterMs: 0 };
}
