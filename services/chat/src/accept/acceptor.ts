import type { IncomingMessage } from "node:http";
import { Failure, LIMITS, type Limits } from "@moim/protocol";
import type { Logger, Revocation, TokenVerifier } from "@moim/service";
import type { DisconnectReason, Server, Socket } from "socket.io";
import type { Clock } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import { emit } from "../publish/emit.ts";
import { writeOncePerTick } from "../publish/write-once-per-tick.ts";
import { closeConnection } from "./close.ts";
import { type Connection, type Connections, tokenTimes } from "./connection.ts";
import type { Dispatch } from "./dispatch.ts";
import { type Admitted, addressOfSocket, admit, forgetHandshake, refusal } from "./handshake.ts";
import { TokenBucket } from "./rate-limit.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";
import type { SharedSockets } from "./shared-sockets.ts";
import { Backlog, terminateLater } from "./slow-consumers.ts";
import type { Subscriptions } from "./subscription.ts";
import type { TokenLifetime } from "./token-lifetime.ts";

export type AcceptorOptions = {
  io: Server;
  nodeId: string;
  /** Told to every socket. */
  limits: Limits;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  verifier: Pick<TokenVerifier, "verify">;
  revoked: RevokedSessions;
  connections: Connections;
  /** Undefined: this node is alone. */
  sharedSockets: SharedSockets | undefined;
  subscriptions: Subscriptions;
  lifetime: TokenLifetime;
  dispatch: Dispatch;
  /** Where a handshake comes from, for the log. */
  addressOf(request: IncomingMessage): string;
};

/** Lets sockets in, and sees them out. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  /** Whether there is a place for each of its user's sockets, as the nodes together say. */
  readonly #places = new WeakMap<Connection, boolean | Promise<boolean>>();
  #isDraining = false;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  start(): void {
    const { io } = this.#options;
    io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(this.#refuse(socket, error)),
      );
    });
    io.on("connection", (socket) => {
      // One that cannot be let in must not take the others with it.
      this.#welcome(socket).catch((error: unknown) => {
        const { clock, logger } = this.#options;
        logger.error({ socketId: socket.id, err: error }, "socket not welcomed");
        terminateLater(socket.conn, clock);
        socket.conn.close();
      });
    });
  }

  /** From now on nobody is let in. */
  refuseNew(): void {
    this.#isDraining = true;
  }

  /** Cuts every socket of an ended session. */
  cutSession(revocation: Revocation): void {
    const { clock, connections, logger, metrics } = this.#options;
    const { sessionId, userId, revokedAt } = revocation;
    metrics.revocations.inc();
    const cut = connections.ofSession(sessionId);
    for (const connection of cut) closeConnection(connection, "session_revoked", clock);
    if (cut.length === 0) return;
    logger.info({ sessionId, userId, sockets: cut.length }, "session revoked");
    if (revokedAt === undefined) return;
    metrics.revocationSeconds.observe(Math.max(clock.now() - revokedAt, 0) / 1_000);
  }

  /** Cuts sockets for which more waits than they will soon read. Called about once a second. */
  cutSlowConsumers(): void {
    for (const connection of this.#options.connections.all()) {
      if (connection.backlog.isSlow()) this.#cutSlow(connection);
    }
  }

  #cutSlow(connection: Connection): void {
    if (connection.closedFor !== undefined) return;
    const { clock, logger } = this.#options;
    const { bytes, packets } = connection.backlog;
    logger.warn({ ...identityOf(connection), bytes, packets }, "slow consumer cut off");
    closeConnection(connection, "slow_consumer", clock);
  }

  async #admit(socket: Socket): Promise<void> {
    if (this.#isDraining) {
      throw new Failure("unavailable", "this node is going away", { retryAfterMs: 0 });
    }
    socket.data.admitted = await admit(socket, this.#options.verifier, this.#options.revoked);
  }

  #refuse(socket: Socket, error: unknown): Error {
    const { addressOf, logger, metrics } = this.#options;
    const failure =
      error instanceof Failure ? error : new Failure("internal", "the handshake failed");
    if (!(error instanceof Failure)) logger.error({ err: error }, "handshake failed");
    metrics.refused.inc({ code: failure.code });
    const address = addressOfSocket(socket, addressOf);
    logger.info({ code: failure.code, address }, "handshake refused");
    return refusal(failure);
  }

  async #welcome(socket: Socket): Promise<void> {
    const { addressOf, clock, connections, dispatch, lifetime, logger, metrics } = this.#options;
    const connection = this.#toConnection(socket, clock.now());
    // First of all: whatever goes wrong from here on, who is counted is seen out.
    socket.on("disconnect", (reason) => this.#seeOut(connection, reason));
    connections.add(connection);
    metrics.connections.set(connections.size);
    writeOncePerTick(socket.conn.transport);
    // Never passed on: an error given to `next` would neither answer nor reach the client.
    socket.use((packet) => dispatch.receive(connection, packet));
    const address = addressOfSocket(socket, addressOf);
    logger.info({ ...identityOf(connection), address }, "connection accepted");
    forgetHandshake(socket, address);
    if (this.#mustRefuse(connection)) return;
    lifetime.start(connection);
    await this.#makeReady(connection);
  }

  #seeOut(connection: Connection, reason: DisconnectReason): void {
    const { clock, connections, lifetime, logger, metrics, sharedSockets } = this.#options;
    const { closedFor: code } = connection;
    lifetime.stop(connection);
    connections.remove(connection);
    sharedSockets?.free(connection);
    metrics.connections.set(connections.size);
    if (code !== undefined) metrics.closed.inc({ code });
    logger.info({ ...identityOf(connection), reason, code }, "connection closed");
    // The client left without closing: a connection that nobody counts any more must not stay open.
    if (reason === "client namespace disconnect") {
      connection.backlog.terminateLater(clock);
      connection.socket.conn.close();
    }
  }

  #toConnection(socket: Socket, now: number): Connection {
    const { claims, token } = socket.data.admitted as Admitted;
    const connection: Connection = {
      socket,
      userId: claims.sub,
      sessionId: claims.sid,
      accessToken: token,
      ...tokenTimes(claims),
      token: { phase: "valid" },
      isSubscribed: false,
      isReady: false,
      bucket: new TokenBucket(LIMITS.eventsPerSecond, LIMITS.eventsBurst, now),
      backlog: new Backlog(socket, () => this.#cutSlow(connection)),
      underWay: 0,
      onAnswered: nothing,
      isLeaving: false,
      closedFor: undefined,
    };
    return connection;
  }

  #mustRefuse(connection: Connection): boolean {
    const { clock, connections, revoked } = this.#options;
    // Asked again: the session may have been ended between the handshake and its registration.
    if (revoked.has(connection.sessionId)) {
      closeConnection(connection, "session_revoked", clock);
      return true;
    }
    if (connections.ofUser(connection.userId).length > LIMITS.socketsPerUser) {
      closeConnection(connection, "too_many_connections", clock);
      return true;
    }
    if (this.#isDraining) {
      closeConnection(connection, "draining", clock);
      return true;
    }
    return false;
  }

  async #makeReady(connection: Connection): Promise<void> {
    const { sharedSockets, subscriptions } = this.#options;
    this.#places.set(connection, sharedSockets?.take(connection) ?? true);
    if (await subscriptions.subscribe(connection)) await this.announceReady(connection);
  }

  /**
   * Sends `session:ready` to a socket that is subscribed, once: right after its first subscription, or
   * after a renewal when its token had run out before that came about.
   */
  async announceReady(connection: Connection): Promise<void> {
    if (connection.isReady) return;
    connection.isReady = true;
    const { clock, limits, logger, nodeId } = this.#options;
    const hasPlace = await this.#places.get(connection);
    this.#places.delete(connection);
    if (!hasPlace) {
      closeConnection(connection, "too_many_connections", clock);
      return;
    }
    const { socket, userId, sessionId, expiresAt } = connection;
    emit(socket, "session:ready", {
      userId,
      sessionId,
      tokenExpiresAt: expiresAt,
      nodeId,
      serverTime: clock.now(),
      limits,
    });
    logger.debug(identityOf(connection), "socket ready");
  }
}

/** One for all: ten thousand idle sockets hold ten thousand of whatever is made for each. */
function nothing(): void {}

function identityOf({ socket, userId, sessionId }: Connection) {
  return { socketId: socket.id, userId, sessionId };
}
