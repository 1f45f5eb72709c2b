import type { Logger } from "@moim/service";
import type { Clock } from "../clock.ts";
import type { Membership } from "../persist/membership.ts";
import { roomChannel, userChannel } from "../publish/channels.ts";
import type { Connection } from "./connection.ts";

/** Between two tries while the database does not answer. */
const RETRY_MS = 1_000;

export type SubscriptionsOptions = {
  clock: Clock;
  logger: Logger;
  readMemberships(userIds: readonly string[]): Promise<Membership[]>;
  /** Resolves once what is published later reaches this node. */
  subscribed(): Promise<void>;
  /** A socket is in the room, and `rev` was its newest change a moment ago. */
  onRoomJoined(roomId: string, rev: number): void;
};

/** Brings sockets into their user's rooms, without a hole at the beginning. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** Users of whom a snapshot is being read, and how often one of them left a room meanwhile. */
  readonly #snapshots = new Map<string, { readers: number; departures: number }>();

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

  /** A user was taken out of rooms on the word of some node. */
  noteDeparture(userId: string): void {
    const snapshot = this.#snapshots.get(userId);
    if (snapshot) snapshot.departures++;
  }

  /**
   * The user's channel first: an invitation after the snapshot then finds this socket. A departure
   * after the snapshot does not, so the snapshot is read again when one happened.
   */
  async #join(connection: Connection): Promise<void> {
    const { socket, userId } = connection;
    socket.join(userChannel(userId));
    await this.#options.subscribed();
    const memberships = await this.#snapshot(userId);
    if (!isLive(connection)) return;
    socket.join(memberships.map(({ roomId }) => roomChannel(roomId)));
    await this.#options.subscribed();
    for (const { roomId, rev } of memberships) this.#options.onRoomJoined(roomId, rev);
  }

  async #snapshot(userId: string): Promise<Membership[]> {
    const state = this.#snapshots.get(userId) ?? { readers: 0, departures: 0 };
    this.#snapshots.set(userId, state);
    state.readers++;
    try {
      for (;;) {
        const before = state.departures;
        const memberships = await this.#options.readMemberships([userId]);
        if (state.departures === before) return memberships;
      }
    } finally {
      if (--state.readers === 0) this.#snapshots.delete(userId);
    }
  }
}

function isLive(connection: Connection): boolean {
  return connection.socket.connected && connection.token.phase === "valid";
}
