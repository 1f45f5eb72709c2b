import type { Revocation } from "@moim/service";
import type { Clock } from "../clock.ts";

/**
 * Sessions that were ended while tokens of theirs may be alive, in memory: the guard asks on every
 * event. Each is forgotten when its last token has expired.
 */
export class RevokedSessions {
  readonly #clock: Clock;
  readonly #expiresAt = new Map<string, number>();
  readonly #onRevoked: (revocation: Revocation) => void;

  /** `onRevoked` is called once for each session that was not known to be revoked. */
  constructor(clock: Clock, onRevoked: (revocation: Revocation) => void) {
    this.#clock = clock;
    this.#onRevoked = onRevoked;
  }

  has(sessionId: string): boolean {
    return this.#expiresAt.has(sessionId);
  }

  get size(): number {
    return this.#expiresAt.size;
  }

  add(revocations: readonly Revocation[]): void {
    for (const revocation of revocations) {
      if (this.#expiresAt.has(revocation.sessionId)) continue;
      this.#expiresAt.set(revocation.sessionId, revocation.expiresAt);
      this.#onRevoked(revocation);
    }
  }

  forgetExpired(): void {
    const now = this.#clock.now();
    for (const [sessionId, expiresAt] of this.#expiresAt) {
      if (expiresAt < now) this.#expiresAt.delete(sessionId);
    }
  }
}
