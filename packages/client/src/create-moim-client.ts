import type { Me, User } from "@moim/protocol";
import type {
  ChangePassword,
  ConnectionState,
  FoundMessages,
  MessageSearch,
  MoimClient,
  OpenRoom,
  Presence,
  Readable,
  RoomsView,
  SessionInfo,
  SessionState,
  UpdateMe,
} from "./api.ts";
import { LastingState, NOTHING_REMEMBERED, type Remembered } from "./cache/lasting-state.ts";
import { ServerClock } from "./clock.ts";
import { MoimError } from "./moim-error.ts";
import { OpenedRoom } from "./open-room.ts";
import { type MoimClientOptions, type Surroundings, surroundingsOf } from "./options.ts";
import { withMemoryFallback } from "./outbox/durable-storage.ts";
import type { OutboxStorage } from "./outbox/storage.ts";
import { Account } from "./session/account.ts";
import { AuthRoutes } from "./session/auth-routes.ts";
import { createHttp } from "./session/http.ts";
import { SessionKeeper } from "./session/session-keeper.ts";
import { SignedIn } from "./signed-in.ts";
import { Value } from "./value.ts";

/** A client of one Moim site, for one user at a time. Nothing happens before `start`. */
export function createMoimClient(options: MoimClientOptions = {}): MoimClient {
  return new Client(surroundingsOf(options));
}

const NO_ROOMS: RoomsView = {
  state: "loading",
  rooms: [],
  unreadTotal: 0,
  hasMore: false,
  loadingMore: false,
};

class Client implements MoimClient {
  readonly connection = new Value<ConnectionState>({ state: "offline" });
  readonly rooms = new Value<RoomsView>(NO_ROOMS);
  readonly outboxIsDurable = new Value(true);
  readonly #surroundings: Surroundings;
  readonly #storage: OutboxStorage;
  readonly #serverClock: ServerClock;
  readonly #routes: AuthRoutes;
  readonly #keeper: SessionKeeper;
  readonly #account: Account;
  readonly #lastingState: LastingState;
  /** What was left of last time when the page was opened; nothing once somebody has signed out. */
  #remembered: Promise<Remembered> = Promise.resolve(NOTHING_REMEMBERED);
  #signedIn: SignedIn | null = null;
  #signedInAs = "";
  #unmirror: () => void = () => {};
  readonly #unfollow: () => void;

  constructor(surroundings: Surroundings) {
    const { clock, fetch, baseUrl, tokenTransport, random, log } = surroundings;
    this.#surroundings = surroundings;
    this.#serverClock = new ServerClock(clock);
    this.#storage = withMemoryFallback(surroundings.outboxStorage, clock, (error) => {
      log("outbox storage lost", { error });
      this.outboxIsDurable.set(false);
    });
    this.#lastingState = new LastingState({ cache: surroundings.cache, clock, log });
    this.#routes = new AuthRoutes(createHttp({ baseUrl, fetch, clock }), tokenTransport);
    this.#keeper = new SessionKeeper({
      routes: this.#routes,
      clock,
      serverClock: this.#serverClock,
      random,
      online: surroundings.onlineEvents,
      tabs: surroundings.tabs,
      signOutMark: surroundings.signOutMark,
      sessionMark: surroundings.sessionMark,
      remembered: async () => (await this.#remembered).session,
    });
    this.#account = new Account({
      routes: this.#routes,
      session: this.#keeper,
      clock,
      online: surroundings.onlineEvents,
    });
    // First of all listeners: whoever hears of a session finds everything of it in place.
    this.#unfollow = this.#keeper.state.subscribe((state) => this.#follow(state));
  }

  get session(): Readable<SessionState> {
    return this.#keeper.state;
  }

  start(): Promise<void> {
    this.#remembered = this.#lastingState.load();
    return this.#keeper.restore(this.#surroundings.session);
  }

  async stop(): Promise<void> {
    // An answer that comes later must not begin a connection that nobody would end.
    this.#unfollow();
    this.#keeper.stop();
    this.#signedIn?.stop();
  }

  requestVerificationCode(email: string) {
    return this.#routes.requestVerificationCode(email);
  }

  isNicknameAvailable(nickname: string): Promise<boolean> {
    return this.#routes.isNicknameAvailable(nickname);
  }

  signUp(account: Parameters<MoimClient["signUp"]>[0]): Promise<Me> {
    return this.#keeper.signUp(account);
  }

  signIn(credentials: Parameters<MoimClient["signIn"]>[0]): Promise<Me> {
    return this.#keeper.signIn(credentials);
  }

  unsentCount(): number {
    return this.#signedIn?.outbox.count ?? 0;
  }

  async signOut(): Promise<void> {
    const signedIn = this.#signedIn;
    // Begun before anything is awaited: here the session ends at once.
    const told = this.#keeper.signOut();
    await Promise.all([told, signedIn?.outbox.clear(), this.#lastingState.end()]);
  }

  updateProfile(patch: UpdateMe): Promise<Me> {
    return this.#account.updateProfile(patch);
  }

  uploadAvatar(image: Blob | Uint8Array, contentType?: string): Promise<Me> {
    return this.#account.uploadAvatar(image, contentType);
  }

  changePassword(change: ChangePassword): Promise<void> {
    return this.#account.changePassword(change);
  }

  sessions(): Promise<readonly SessionInfo[]> {
    return this.#account.sessions();
  }

  endSession(sessionId: string): Promise<void> {
    return this.#account.endSession(sessionId);
  }

  endOtherSessions(): Promise<void> {
    return this.#account.endOtherSessions();
  }

  async deleteAccount(password: string): Promise<void> {
    const signedIn = this.#signedIn;
    await this.#keeper.leaveForGood(() => this.#account.delete(password));
    await Promise.all([signedIn?.outbox.clear(), this.#lastingState.end()]);
  }

  requestPasswordReset(email: string): Promise<void> {
    return this.#routes.requestPasswordReset(email);
  }

  resetPassword(token: string, newPassword: string): Promise<void> {
    return this.#routes.resetPassword(token, newPassword);
  }

  async searchUsers(query: string): Promise<readonly User[]> {
    return this.#requireSignedIn().searchUsers(query);
  }

  user(userId: string): Readable<User | null> {
    return this.#signedIn?.users.get(userId) ?? new Value<User | null>(null);
  }

  presence(userId: string): Readable<Presence | null> {
    return this.#signedIn?.presence.of(userId) ?? new Value<Presence | null>(null);
  }

  async searchMessages(search: MessageSearch): Promise<FoundMessages> {
    return this.#requireSignedIn().command("message:search", search);
  }

  openRoom(roomId: string): OpenRoom {
    return new OpenedRoom(roomId, this.#requireSignedIn());
  }

  async createDirect(userId: string): Promise<string> {
    return this.#requireSignedIn().commands.createDirect(userId);
  }

  async createGroup(group: { title?: string; userIds: readonly string[] }): Promise<string> {
    return this.#requireSignedIn().commands.createGroup(group);
  }

  async invite(roomId: string, userIds: readonly string[]): Promise<void> {
    return this.#requireSignedIn().commands.invite(roomId, userIds);
  }

  async rename(roomId: string, title: string): Promise<void> {
    return this.#requireSignedIn().commands.rename(roomId, title);
  }

  async setMuted(roomId: string, muted: boolean): Promise<void> {
    return this.#requireSignedIn().commands.setMuted(roomId, muted);
  }

  async removeMember(roomId: string, userId: string): Promise<void> {
    return this.#requireSignedIn().commands.removeMember(roomId, userId);
  }

  async leave(roomId: string): Promise<void> {
    return this.#requireSignedIn().commands.leave(roomId);
  }

  async loadMoreRooms(): Promise<void> {
    await this.#requireSignedIn().rooms.loadMore();
  }

  #requireSignedIn(): SignedIn {
    if (!this.#signedIn) throw new MoimError("token_invalid", "signed out");
    return this.#signedIn;
  }

  /** One `SignedIn` for each session, never one for two users. */
  #follow(state: SessionState): void {
    if (state.state === "signed-out") this.#forgetLastTime();
    if (state.state === "signed-in") this.#lastingState.begin(state.me, state.sessionId);
    const signedInAs = state.state === "signed-in" ? `${state.me.id}/${state.sessionId}` : "";
    if (signedInAs === this.#signedInAs) {
      if (state.state === "signed-in") this.#signedIn?.users.learn([state.me]);
      return;
    }
    this.#signedInAs = signedInAs;
    this.#giveUp();
    if (state.state === "signed-in") this.#begin(state.me);
  }

  #forgetLastTime(): void {
    this.#remembered = Promise.resolve(NOTHING_REMEMBERED);
    void this.#lastingState.end();
  }

  #begin(me: Me): void {
    const signedIn = new SignedIn({
      userId: me.id,
      surroundings: this.#surroundings,
      storage: this.#storage,
      session: this.#keeper,
      account: this.#account,
      routes: this.#routes,
      serverClock: this.#serverClock,
      lastingState: this.#lastingState,
    });
    void this.#remembered.then((remembered) => {
      const isOwn = remembered.session?.me.id === me.id;
      if (isOwn && this.#signedIn === signedIn) signedIn.remember(remembered);
    });
    signedIn.users.learn([me]);
    this.#signedIn = signedIn;
    const unmirror = [
      signedIn.connection.state.subscribe((state) => this.connection.set(state)),
      signedIn.rooms.view.subscribe((view) => this.rooms.set(view)),
    ];
    this.#unmirror = () => {
      for (const end of unmirror) end();
    };
    signedIn.start();
  }

  #giveUp(): void {
    this.#unmirror();
    this.#signedIn?.forget();
    this.#signedIn = null;
    this.connection.set({ state: "offline" });
    this.rooms.set(NO_ROOMS);
  }
}
