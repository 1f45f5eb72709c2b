import type {
  ChangedRoom,
  ClientEventName,
  DataOf,
  Message,
  RequestOf,
  User,
} from "@moim/protocol";
import { CACHED_TIMELINES_MAX, COMMAND_TIMEOUT_MS, OFFLINE_COMMAND_TIMEOUT_MS } from "./bounds.ts";
import type { LastingState, Remembered } from "./cache/lasting-state.ts";
import { NoteTaker } from "./cache/note-taker.ts";
import type { ServerClock } from "./clock.ts";
import { command } from "./connection/commands.ts";
import { Connection } from "./connection/connection.ts";
import type { Requests } from "./connection/requests.ts";
import { hear } from "./hear.ts";
import type { Surroundings } from "./options.ts";
import { Outbox } from "./outbox/outbox.ts";
import type { OutboxStorage, StoredEntry } from "./outbox/storage.ts";
import { PeopleInRooms } from "./rooms/people-in-rooms.ts";
import { RoomCommands } from "./rooms/room-commands.ts";
import { RoomList } from "./rooms/room-list.ts";
import type { Account } from "./session/account.ts";
import type { AuthRoutes } from "./session/auth-routes.ts";
import type { SessionKeeper } from "./session/session-keeper.ts";
import { Timelines } from "./timeline/timelines.ts";
import { PresenceWatch } from "./users/presence-watch.ts";
import { UserCache } from "./users/user-cache.ts";

export type SignedInParts = {
  userId: string;
  surroundings: Surroundings;
  storage: OutboxStorage;
  session: SessionKeeper;
  account: Account;
  routes: AuthRoutes;
  serverClock: ServerClock;
  lastingState: LastingState;
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
  readonly people: PeopleInRooms;
  readonly users: UserCache;
  readonly presence: PresenceWatch;
  readonly commands: RoomCommands;
  readonly #notes: NoteTaker;
  readonly #over = new AbortController();
  readonly #parts: SignedInParts;
  #unfollow: () => void = () => {};

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
      onEvent: (event) => hear(event, this, parts.surroundings.log),
      onReady: () => this.catchUp(),
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
        this.people.receive(message.roomId, [message]);
      },
      onChanged: (roomId) => this.timelines.get(roomId)?.refresh(),
    });
    this.timelines = new Timelines({
      ownUserId: userId,
      requests,
      patientRequests: {
        request: (name, request) => this.#waitFor(COMMAND_TIMEOUT_MS, name, request),
      },
      clock,
      random,
      onHeld: () => this.#notes.touch(),
      onGone: (roomId) => this.#notes.forget(roomId),
      pending: (roomId) => this.outbox.pending(roomId),
      room: (roomId) => this.rooms.get(roomId),
      roomIsCurrent: (roomId) => this.rooms.isCurrent(roomId),
    });
    this.rooms = new RoomList({
      ownUserId: userId,
      requests,
      clock,
      random,
      openRooms: () => this.timelines.heldRooms,
      onChanged: (roomId) => this.timelines.get(roomId)?.refresh(),
    });
    this.people = new PeopleInRooms({ ownUserId: userId, requests, clock, random });
    this.commands = new RoomCommands(this, clock, newClientId);
    this.presence = new PresenceWatch({ requests, clock, random });
    const fetchUsers = (ids: readonly string[]) => this.#fetchUsers(ids);
    const onLearned = () => this.#notes.touch();
    this.users = new UserCache({ clock, random, fetchUsers, onLearned });
    this.#notes = new NoteTaker({
      lastingState: parts.lastingState,
      clock,
      rooms: () => (this.rooms.view.current.state === "ready" ? this.rooms.view.current : null),
      users: () => this.users.toRemember(),
      timelines: () => this.timelines.toRemember(),
    });
  }

  /** Shows what is left of this user's last time, where nothing newer is known. */
  remember({ rooms, users, timelines }: Remembered): void {
    if (rooms) this.rooms.remember(rooms);
    this.users.remember(users);
    const byUse = [...timelines].sort(([, one], [, other]) => other.usedAtMs - one.usedAtMs);
    this.timelines.remember(new Map(byUse.slice(0, CACHED_TIMELINES_MAX)));
    for (const [roomId] of byUse.slice(CACHED_TIMELINES_MAX)) this.#notes.forget(roomId);
  }

  start(): void {
    // Side by side: a slow storage must not keep the connection waiting, nor the other way round.
    void this.outbox.open().then(() => this.outbox.resume());
    this.connection.state.subscribe(({ state }) => {
      if (state === "ready") this.outbox.resume();
      this.presence.connected(state === "ready");
    });
    this.rooms.view.subscribe(() => this.#notes.touch());
    this.#unfollow = this.#parts.surroundings.onlineEvents.subscribe((event) => {
      if (event === "visible") this.users.refreshSoon();
    });
    this.connection.start();
  }

  /** Ends connection and timers. What waits in the outbox stays stored. */
  stop(): void {
    this.#over.abort();
    this.#unfollow();
    this.#notes.stop();
    this.connection.stop();
    this.outbox.stop();
    this.timelines.stop();
    this.rooms.stop();
    this.people.stop();
    this.presence.stop();
    this.users.stop();
  }

  /** The session is over: nothing of it stays in view. */
  forget(): void {
    this.stop();
    this.timelines.forget();
  }

  /** As `command`: waits for a connection, as long as this session lasts, and repeats what got no answer. */
  command<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
    onRepeat?: () => void,
  ): Promise<DataOf<Name>> {
    const isOnline = this.#parts.surroundings.onlineEvents.isOnline();
    const patienceMs = isOnline ? COMMAND_TIMEOUT_MS : OFFLINE_COMMAND_TIMEOUT_MS;
    return this.#waitFor(patienceMs, name, request, onRepeat);
  }

  async searchUsers(query: string): Promise<readonly User[]> {
    const users = await this.#parts.account.promptly((token) =>
      this.#parts.routes.searchUsers(query, token),
    );
    this.users.learn(users);
    return users;
  }

  #waitFor<Name extends ClientEventName>(
    patienceMs: number,
    name: Name,
    request: RequestOf<Name>,
    onRepeat?: () => void,
  ): Promise<DataOf<Name>> {
    const { connection } = this;
    const { clock, random, onlineEvents: online } = this.#parts.surroundings;
    const parts = { connection, clock, random, online, over: this.#over.signal, patienceMs };
    return command(parts, name, request, onRepeat);
  }

  async #transmit({ roomId, clientId, text, replyTo }: StoredEntry) {
    const request = { roomId, clientId, text, replyTo };
    return (await this.connection.request("message:send", request)).message;
  }

  #fetchUsers(ids: readonly string[]): Promise<readonly User[]> {
    const { account, routes } = this.#parts;
    return account.withToken((token) => routes.usersByIds(ids, token));
  }

  /** Subscribed already: whatever is read from now on leaves no hole before what is delivered. */
  catchUp(): void {
    this.timelines.catchUp();
    this.rooms.catchUp();
    this.people.catchUp();
    this.presence.renew();
    this.users.refreshSoon();
  }

  /** Changes of one room's timeline, from whichever side they come. */
  receive(roomId: string, changes: readonly Message[]): void {
    this.timelines.receive(roomId, changes);
    this.rooms.receive(roomId, changes);
    this.people.receive(roomId, changes);
  }

  /** What the room is called, or who is in it. */
  changed(room: ChangedRoom): void {
    this.rooms.changed(room);
    this.people.changed(room);
  }

  /** Left or removed: here at once, whatever is still on its way. */
  removed(roomId: string): void {
    this.rooms.removed(roomId);
    this.timelines.gone(roomId);
    this.people.removed(roomId);
  }
}
