import type { PayloadOf, User } from "@moim/protocol";
import type { ServerClock } from "./clock.ts";
import { Connection } from "./connection/connection.ts";
import type { ServerEvent } from "./connection/live-socket.ts";
import type { Requests } from "./connection/requests.ts";
import { MoimError } from "./moim-error.ts";
import type { Surroundings } from "./options.ts";
import { Outbox } from "./outbox/outbox.ts";
import type { OutboxStorage, StoredEntry } from "./outbox/storage.ts";
import { RoomList } from "./rooms/room-list.ts";
import type { AuthRoutes } from "./session/auth-routes.ts";
import type { SessionKeeper } from "./session/session-keeper.ts";
import { Timelines } from "./timeline/timelines.ts";
import { UserCache } from "./users/user-cache.ts";

export type SignedInParts = {
  userId: string;
  surroundings: Surroundings;
  storage: OutboxStorage;
  session: SessionKeeper;
  routes: AuthRoutes;
  serverClock: ServerClock;
};

/**
 * Everything that belongs to one signed-in user, made at sign-in and given up as a whole when the
 * session ends, so that nothing of one user can reach the next. A message passes through it from
 * the outbox over the connection into the timeline.
 */
export class SignedIn {
  readonly outbox: Outbox;
  readonly connection: Connection;
  readonly timelines: Timelines;
  readonly rooms: RoomList;
  readonly users: UserCache;
  readonly #parts: SignedInParts;

  constructor(parts: SignedInParts) {
    this.#parts = parts;
    const { userId, surroundings, storage, session, serverClock } = parts;
    const { clock, random, tabs, newClientId, onlineEvents, openSocket, baseUrl } = surroundings;
    const requests: Requests = {
      isReady: () => this.connection.state.current.state === "ready",
      request: (name, request) => this.connection.request(name, request),
    };
    this.connection = new Connection({
      url: baseUrl,
      openSocket,
      session,
      clock,
      serverClock,
      random,
      online: onlineEvents,
      onEvent: (event) => this.#hear(event),
      onReady: () => this.#catchUp(),
    });
    this.outbox = new Outbox({
      userId,
      storage,
      clock,
      random,
      tabs,
      newClientId,
      isReady: requests.isReady,
      transmit: (entry) => this.#transmit(entry),
      onAccepted: (pending, message) => {
        this.timelines.get(message.roomId)?.accepted(pending, message);
        this.rooms.receive(message.roomId, [message]);
      },
      onChanged: (roomId) => this.timelines.get(roomId)?.refresh(),
    });
    this.timelines = new Timelines({
      ownUserId: userId,
      requests,
      clock,
      random,
      pending: (roomId) => this.outbox.pending(roomId),
      room: (roomId) => this.rooms.get(roomId),
    });
    this.rooms = new RoomList({
      ownUserId: userId,
      requests,
      clock,
      random,
      isOpen: (roomId) => this.timelines.get(roomId) !== undefined,
      onChanged: (roomId) => this.timelines.get(roomId)?.refresh(),
    });
    const fetchUsers = (ids: readonly string[]) => this.#fetchUsers(ids);
    this.users = new UserCache({ clock, random, fetchUsers });
  }

  start(): void {
    // Side by side: a slow storage must not keep the connection waiting, nor the other way round.
    void this.outbox.open().then(() => this.outbox.resume());
    // Also after a renewal of the token, when nothing was missed but sending had stopped.
    this.connection.state.subscribe(({ state }) => {
      if (state === "ready") this.outbox.resume();
    });
    this.connection.start();
  }

  /** Ends connection and timers. What waits in the outbox stays stored. */
  stop(): void {
    this.connection.stop();
    this.outbox.stop();
    this.timelines.stop();
    this.rooms.stop();
    this.users.stop();
  }

  /** The session is over: nothing of it stays in view. */
  forget(): void {
    this.stop();
    this.timelines.forget();
  }

  async searchUsers(query: string): Promise<readonly User[]> {
    const users = await this.#withToken((token) => this.#parts.routes.searchUsers(query, token));
    this.users.learn(users);
    return users;
  }

  async #transmit({ roomId, clientId, text, replyTo }: StoredEntry) {
    const request = { roomId, clientId, text, replyTo };
    return (await this.connection.request("message:send", request)).message;
  }

  #fetchUsers(ids: readonly string[]): Promise<readonly User[]> {
    return this.#withToken((token) => this.#parts.routes.usersByIds(ids, token));
  }

  async #withToken<Result>(call: (token: string) => Promise<Result>): Promise<Result> {
    const { session } = this.#parts;
    const token = await session.usableToken();
    try {
      return await call(token.value);
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code !== "token_expired") throw error;
      return call((await session.renewedToken(token.value)).value);
    }
  }

  /** Subscribed already: whatever is read from now on leaves no hole before what is delivered. */
  #catchUp(): void {
    this.timelines.catchUp();
    this.rooms.catchUp();
  }

  #hear({ name, payload }: ServerEvent): void {
    switch (name) {
      case "room:changes": {
        const { roomId, changes } = payload as PayloadOf<"room:changes">;
        this.timelines.receive(roomId, changes);
        this.rooms.receive(roomId, changes);
        return;
      }
      case "room:head": {
        const { roomId, rev } = payload as PayloadOf<"room:head">;
        this.timelines.get(roomId)?.head(rev);
        this.rooms.head(roomId, rev);
        return;
      }
      case "resync":
        this.#catchUp();
        return;
      case "room:added": {
        const { room } = payload as PayloadOf<"room:added">;
        this.rooms.added(room);
        this.timelines.get(room.id)?.returned();
        return;
      }
      case "room:removed": {
        const { roomId } = payload as PayloadOf<"room:removed">;
        this.rooms.removed(roomId);
        this.timelines.get(roomId)?.gone();
        return;
      }
      case "room:changed":
        this.rooms.changed((payload as PayloadOf<"room:changed">).room);
        return;
      case "room:read":
        this.rooms.read(payload as PayloadOf<"room:read">);
        return;
      case "event:rejected":
        this.#parts.surroundings.log("event:rejected", { payload });
        return;
    }
  }
}
