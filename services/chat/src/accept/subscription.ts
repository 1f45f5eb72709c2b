import type { Logger } from "@moim/service";
import type { Socket } from "socket.io";
import type { Clock } from "../clock.ts";
import type { Membership } from "../persist/membership.ts";
import { groupBy } from "../persist/rows.ts";
import { userChannel } from "../publish/channels.ts";
import type { Connection } from "./connection.ts";

/** Between two tries while the database does not answer. */
const RETRY_MS = 1_000;

export type SubscriptionsOptions = {
  clock: Clock;
  logger: Logger;
  readMemberships(userIds: readonly string[]): Promise<Membership[]>;
  /** Has the socket join the room, and see of it what the member may. */
  enter(socket: Socket, roomId: string, historyFromSeq: number): void;
  /** Resolves once what is published later reaches this node. */
  subscribed(): Promise<void>;
  /** A socket is in the room, and `rev` was its newest change a moment ago. */
  onRoomJoined(roomId: string, rev: number): void;
};

/** Brings sockets into their user's rooms, without a hole at the beginning. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** Users of whom a snapshot is being read, and how often one of them joined or left meanwhile. */
  readonly #snapshots = new Map<string, { readers: number; moves: number }>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the socket is in all its rooms and whatever is committed from now on reaches it.
   * Waits for the database as long as the socket is connected. Resolves to false when the socket
   * went away or its token ran out meanwhile.
   */
  async subscribe(connection: Connection): Promise<boolean> {
    while (isLive(connection)) {
      try {
        await this.#join(connection);
        if (!isLive(connection)) break;
        connection.isSubscribed = true;
        return true;
      } catch (error) {
        const { userId } = connection;
        this.#options.logger.warn({ err: error, userId }, "socket waits for its rooms");
        await new Promise<void>((resolve) => {
          this.#options.clock.after(RETRY_MS, resolve);
        });
      }
    }
    return false;
  }

  unsubscribe(connection: Connection): void {
    connection.isSubscribed = false;
    const { socket } = connection;
    for (const channel of socket.rooms) {
      if (channel !== socket.id) socket.leave(channel);
    }
  }

  /** Users were brought into rooms, or taken out, on the word of some node. */
  noteMoves(userIds: readonly string[]): void {
    for (const userId of userIds) {
      const snapshot = this.#snapshots.get(userId);
      if (snapshot) snapshot.moves++;
    }
  }

  /**
   * Reads the users' memberships and calls `apply` with each user's at a moment when they hold: a
   * user who joined or left a room while they were read is read again. `apply` must not wait.
   */
  async withSnapshots(
    userIds: readonly string[],
    apply: (userId: string, memberships: readonly Membership[]) => void,
  ): Promise<void> {
    const watched = new Map(userIds.map((userId) => [userId, this.#watch(userId)]));
    try {
      for (let pending = [...watched.keys()]; pending.length > 0; ) {
        const before = new Map(pending.map((userId) => [userId, watched.get(userId)?.moves]));
        const memberships = groupBy(
          await this.#options.readMemberships(pending),
          ({ userId }) => userId,
        );
        const isStale = (userId: string) => watched.get(userId)?.moves !== before.get(userId);
        for (const userId of pending) {
          if (!isStale(userId)) apply(userId, memberships.get(userId) ?? []);
        }
        pending = pending.filter(isStale);
      }
    } finally {
      for (const userId of watched.keys()) this.#unwatch(userId);
    }
  }

  /**
   * The user's channel first: an invitation after the snapshot then finds this socket. A departure
   * after the snapshot does not, hence the snapshot that is read again when one happened.
   */
  async #join(connection: Connection): Promise<void> {
    const { socket, userId } = connection;
    socket.join(userChannel(userId));
    await this.#options.subscribed();
    let joined: readonly Membership[] = [];
    await this.withSnapshots([userId], (_, memberships) => {
      if (!isLive(connection)) return;
      for (const { roomId, historyFromSeq } of memberships) {
        this.#options.enter(socket, roomId, historyFromSeq);
      }
      joined = memberships;
    });
    await this.#options.subscribed();
    for (const { roomId, rev } of joined) this.#options.onRoomJoined(roomId, rev);
  }

  #watch(userId: string): { readers: number; moves: number } {
    const snapshot = this.#snapshots.get(userId) ?? { readers: 0, moves: 0 };
    this.#snapshots.set(userId, snapshot);
    snapshot.readers++;
    return snapshot;
  }

  #unwatch(userId: string): void {
    const snapshot = this.#snapshots.get(userId);
    if (snapshot && --snapshot.readers === 0) this.#snapshots.delete(userId);
  }
}

function isLive(connection: Connection): boolean {
  return connection.socket.connected && connection.token.phase === "valid";
}
