import type { AccessTokenClaims, CloseCode } from "@moim/protocol";
import type { Socket } from "socket.io";
import type { TokenBucket } from "./rate-limit.ts";
import type { Backlog } from "./slow-consumers.ts";

/**
 * Where a socket stands with its token.
 * `grace`: it has run out, nothing is delivered; only `token:renew` is handled until `endsAt`.
 */
export type TokenPhase =
  | { phase: "valid" }
  | { phase: "grace"; endsAt: number }
  | { phase: "closed" };

/** A socket with what the node knows of it. */
export type Connection = {
  readonly socket: Socket;
  readonly userId: string;
  /** Of the token that it holds: a renewal may bring another session of the same user. */
  sessionId: string;
  accessToken: string;
  issuedAt: number;
  expiresAt: number;
  token: TokenPhase;
  /** Whether the socket receives its user's rooms. */
  isSubscribed: boolean;
  /** Whether `session:ready` has been sent. */
  isReady: boolean;
  readonly bucket: TokenBucket;
  readonly backlog: Backlog;
  /** Events accepted from this socket and not answered yet. */
  underWay: number;
  /** Called each time the last of them has been answered. */
  onAnswered: () => void;
  /** The node is going away: the socket is closed as soon as the last of them has been answered. */
  isLeaving: boolean;
  /** Why this node closed it; undefined while it did not. */
  closedFor: CloseCode | undefined;
};

export function tokenTimes(claims: AccessTokenClaims): { issuedAt: number; expiresAt: number } {
  return { issuedAt: claims.iat * 1_000, expiresAt: claims.exp * 1_000 };
}

/** The node's sockets, found by session and by user. */
export class Connections {
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #byUser = new Map<string, Set<Connection>>();
  readonly #bySocketId = new Map<string, Connection>();

  get size(): number {
    return this.#bySocketId.size;
  }

  add(connection: Connection): void {
    this.#bySocketId.set(connection.socket.id, connection);
    addTo(this.#bySession, connection.sessionId, connection);
    addTo(this.#byUser, connection.userId, connection);
  }

  remove(connection: Connection): void {
    this.#bySocketId.delete(connection.socket.id);
    removeFrom(this.#bySession, connection.sessionId, connection);
    removeFrom(this.#byUser, connection.userId, connection);
  }

  moveToSession(connection: Connection, sessionId: string): void {
    removeFrom(this.#bySession, connection.sessionId, connection);
    connection.sessionId = sessionId;
    addTo(this.#bySession, sessionId, connection);
  }

  ofSocket(socketId: string): Connection | undefined {
    return this.#bySocketId.get(socketId);
  }

  ofSession(sessionId: string): Connection[] {
    return [...(this.#bySession.get(sessionId) ?? [])];
  }

  ofUser(userId: string): Connection[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  all(): Connection[] {
    return [...this.#bySocketId.values()];
  }
}

function addTo(index: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const set = index.get(key);
  if (set) set.add(connection);
  else index.set(key, new Set([connection]));
}

function removeFrom(
  index: Map<string, Set<Connection>>,
  key: string,
  connection: Connection,
): void {
  const set = index.get(key);
  if (set?.delete(connection) && set.size === 0) index.delete(key);
}
