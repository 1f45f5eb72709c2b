import type { Session, TokenTransport } from "@moim/protocol";
import { type ClientCache, noCache } from "./cache/client-cache.ts";
import { indexedDbCache } from "./cache/indexed-db-cache.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type OpenSocket, openSocketIo } from "./connection/open-socket.ts";
import { newUuid } from "./new-uuid.ts";
import { alwaysOnline, browserOnlineEvents, type OnlineEvents } from "./online-events.ts";
import { indexedDbStorage } from "./outbox/indexed-db-storage.ts";
import { memoryStorage } from "./outbox/memory-storage.ts";
import type { OutboxStorage } from "./outbox/storage.ts";
import { browserSessionMark, noSessionMark, type SessionMark } from "./session/session-mark.ts";
import { browserSignOutMark, noSignOutMark, type SignOutMark } from "./session/sign-out-mark.ts";
import { browserTabs, noTabs, type Tabs } from "./tabs.ts";

export type MoimClientOptions = {
  /** Scheme, host and port of the site; the page's own origin when left out. */
  baseUrl?: string;
  /** `cookie` for browsers (default); `body` keeps the refresh token in memory, for everything else. */
  tokenTransport?: TokenTransport;
  /** Begins signed in, for bots and load tests. With a `refreshToken`, transport is `body`. */
  session?: Session;
  /** Where messages wait: IndexedDB where there is one, otherwise memory. */
  outboxStorage?: OutboxStorage;
  /**
   * What a page shows before, or without, a network: IndexedDB in browsers, otherwise nothing. One
   * user's at a time; emptied when the session ends.
   */
  cache?: ClientCache;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
  /** Like `Math.random`, for the spread of reconnects. */
  random?: () => number;
  onlineEvents?: OnlineEvents;
  /** Remembers over reloads that a sign-out has not reached the server yet. */
  signOutMark?: SignOutMark;
  tabs?: Tabs;
  openSocket?: OpenSocket;
  newClientId?: () => string;
  /** Hears of what is worth a look but needs no reaction. */
  log?: (event: string, details: Record<string, unknown>) => void;
};

export type Surroundings = Required<Omit<MoimClientOptions, "session">> & {
  session: Session | null;
  sessionMark: SessionMark;
};

/** The platform's own, wherever nothing was given. */
export function surroundingsOf(options: MoimClientOptions): Surroundings {
  const isBrowser = typeof document !== "undefined";
  const clock = options.clock ?? systemClock;
  const tokenTransport =
    options.tokenTransport ?? (options.session?.refreshToken === undefined ? "cookie" : "body");
  // Tabs share what the browser keeps for them; a token in memory is nobody else's.
  const isShared = isBrowser && tokenTransport === "cookie";
  const hasIndexedDb = mayUseIndexedDb();
  return {
    baseUrl: options.baseUrl || (isBrowser ? location.origin : ""),
    tokenTransport,
    session: options.session ?? null,
    // In a browser also where it is refused: that messages are not stored is then found out, and told.
    outboxStorage:
      options.outboxStorage ?? (isBrowser || hasIndexedDb ? indexedDbStorage() : memoryStorage()),
    cache: options.cache ?? (isShared && hasIndexedDb ? indexedDbCache() : noCache),
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    clock,
    random: options.random ?? Math.random,
    onlineEvents: options.onlineEvents ?? (isBrowser ? browserOnlineEvents() : alwaysOnline),
    tabs: options.tabs ?? (isShared ? browserTabs(clock) : noTabs),
    sessionMark: isShared ? browserSessionMark() : noSessionMark,
    signOutMark: options.signOutMark ?? (isShared ? browserSignOutMark() : noSignOutMark),
    openSocket: options.openSocket ?? openSocketIo,
    newClientId: options.newClientId ?? newUuid,
    log: options.log ?? (() => {}),
  };
}

/** Some browsers refuse even to look, where nothing may be stored. */
function mayUseIndexedDb(): boolean {
  try {
    return typeof indexedDB !== "undefined";
  } catch {
    return false;
  }
}
