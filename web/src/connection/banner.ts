import type { ConnectionState } from "@moim/client";

/** What the page says about the connection; `quiet` says nothing. */
export type Banner = "quiet" | "connecting" | "reconnecting" | "offline" | "refused" | "back";

export type BannerInput = {
  connection: ConnectionState;
  /** Since when there has been no connection; null while there is one. */
  lostAtMs: number | null;
  /** When it came back after the banner had been shown; null where it had not. */
  backAtMs: number | null;
  wasEverReady: boolean;
  nowMs: number;
};

/** A hiccup that heals within this is nobody's concern. */
export const BANNER_PATIENCE_MS = 3_000;
/** Shorter where the system itself says so, for by then the connection has been tried already. */
export const OFFLINE_PATIENCE_MS = 500;
/** How long the good news stays. */
export const BACK_SHOWN_MS = 2_000;

export function bannerOf({
  connection,
  lostAtMs,
  backAtMs,
  wasEverReady,
  nowMs,
}: BannerInput): Banner {
  if (lostAtMs === null) {
    return backAtMs !== null && nowMs - backAtMs < BACK_SHOWN_MS ? "back" : "quiet";
  }
  if (nowMs - lostAtMs < patienceMs(connection)) return "quiet";
  switch (connection.state) {
    case "offline":
      return "offline";
    case "refused":
      return "refused";
    case "ready":
      return "quiet";
    case "connecting":
    case "waiting":
    case "renewing":
      return wasEverReady ? "reconnecting" : "connecting";
  }
}

/** How long after the loss the banner says nothing of this state. */
export function patienceMs({ state }: ConnectionState): number {
  return state === "offline" ? OFFLINE_PATIENCE_MS : BANNER_PATIENCE_MS;
}
