import type { TokenConfig } from "../config.ts";

/**
 * For this long after its rotation a token still yields the successor that it yielded then: a
 * retry after a lost answer, or a second tab, must not sign anybody out.
 */
export const REPEAT_GRACE_MS = 30_000;

/** Clocks of other machines may lag: a revocation is remembered a little longer than needed. */
const REVOCATION_MARGIN_MS = 60_000;

export interface Lifetimes {
  /** Whole seconds, as `exp` counts them. */
  accessExpiresAt(now: number): number;
  refreshExpiresAt(now: number): number;
}

export function lifetimes(config: TokenConfig): Lifetimes {
  return {
    accessExpiresAt: (now) => Math.floor(now / 1000) * 1000 + config.accessTtlSeconds * 1000,
    refreshExpiresAt: (now) => now + config.refreshTtlSeconds * 1000,
  };
}

export function revocationExpiresAt(accessExpiresAt: Date): number {
  return accessExpiresAt.getTime() + REVOCATION_MARGIN_MS;
}
