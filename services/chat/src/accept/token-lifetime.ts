import { Failure } from "@moim/protocol";
import type { TokenVerifier } from "@moim/service";
import type { Clock } from "../clock.ts";
import { emit } from "../publish/emit.ts";
import { closeConnection } from "./close.ts";
import { type Connection, type Connections, tokenTimes } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";

/** The part of a token's lifetime after which its holder is told to renew. */
const EXPIRING_AT_PART = 0.8;

export type TokenLifetimeOptions = {
  clock: Clock;
  graceMs: number;
  verifier: Pick<TokenVerifier, "verify">;
  revoked: RevokedSessions;
  connections: Connections;
  /** Stops every delivery to the socket. */
  unsubscribe(connection: Connection): void;
  /** Subscribes the socket to its user's rooms again; resolves once deliveries reach it. */
  subscribe(connection: Connection): Promise<void>;
  onExpired(): void;
  onResync(): void;
};

/**
 * The token on a live socket: told before it runs out, cut off at `exp` even when silent, renewed
 * in place, closed after the grace.
 */
export class TokenLifetime {
  readonly #options: TokenLifetimeOptions;
  readonly #deadlines: Deadlines;
  #renewals = 0;
  /** Of the renewals that took effect, the one that was asked for last. */
  readonly #latestRenewal = new WeakMap<Connection, number>();

  constructor(options: TokenLifetimeOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
  }

  /** Watches over the token that the connection holds now. */
  start(connection: Connection): void {
    const { issuedAt, expiresAt } = connection;
    const expiringAt = issuedAt + (expiresAt - issuedAt) * EXPIRING_AT_PART;
    this.#deadlines.set(connection, expiringAt, () => {
      emit(connection.socket, "token:expiring", { expiresAt });
      this.#deadlines.set(connection, expiresAt, () => this.#expire(connection));
    });
  }

  stop(connection: Connection): void {
    connection.token = { phase: "closed" };
    this.#deadlines.cancel(connection);
  }

  /**
   * Replaces the token. Rejects with `token_invalid` for another user's, `token_expired`,
   * `session_revoked`; the connection then stays as it was. The token that was presented last is kept, in
   * whatever order the verifier answers.
   */
  async renew(connection: Connection, token: string): Promise<{ expiresAt: number }> {
    const order = this.#renewals++;
    const claims = await this.#options.verifier.verify(token);
    if (claims.sub !== connection.userId) {
      throw new Failure("token_invalid", "the token belongs to another user");
    }
    if (this.#options.revoked.has(claims.sid)) {
      throw new Failure("session_revoked", "the session has been ended");
    }
    if (connection.token.phase === "closed") {
      throw new Failure("token_expired", "the connection is being closed");
    }
    if (order < (this.#latestRenewal.get(connection) ?? order)) {
      return { expiresAt: connection.expiresAt };
    }
    this.#latestRenewal.set(connection, order);
    const wasCut = connection.token.phase === "grace";
    const { issuedAt, expiresAt } = tokenTimes(claims);
    this.#options.connections.moveToSession(connection, claims.sid);
    Object.assign(connection, { accessToken: token, issuedAt, expiresAt });
    connection.token = { phase: "valid" };
    this.start(connection);
    if (wasCut) await this.#resume(connection);
    return { expiresAt };
  }

  async #resume(connection: Connection): Promise<void> {
    await this.#options.subscribe(connection);
    if (!connection.isSubscribed) return; // It went away, or ran out again, meanwhile.
    emit(connection.socket, "resync", { reason: "renewed" });
    this.#options.onResync();
  }

  #expire(connection: Connection): void {
    const { clock, graceMs } = this.#options;
    this.#options.unsubscribe(connection);
    const endsAt = clock.now() + graceMs;
    connection.token = { phase: "grace", endsAt };
    this.#options.onExpired();
    emit(connection.socket, "token:expired", { graceMs });
    this.#deadlines.set(connection, endsAt, () =>
      closeConnection(connection, "token_expired", clock),
    );
  }
}
