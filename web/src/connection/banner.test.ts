import type { ConnectionState } from "@moim/client";
import { describe, expect, it } from "vitest";
import {
  BACK_SHOWN_MS,
  BANNER_PATIENCE_MS,
  type BannerInput,
  bannerOf,
  OFFLINE_PATIENCE_MS,
} from "./banner.ts";

const WAITING: ConnectionState = { state: "waiting", retryAtMs: 0, sinceMs: 0 };
const READY: ConnectionState = { state: "ready", nodeId: "a" };

const banner = (input: Partial<BannerInput>) =>
  bannerOf({
    connection: WAITING,
    lostAtMs: 0,
    backAtMs: null,
    wasEverReady: true,
    nowMs: BANNER_PATIENCE_MS,
    ...input,
  });

describe("the connection banner", () => {
  it("says nothing for the first three seconds", () => {
    expect(banner({ nowMs: BANNER_PATIENCE_MS - 1 })).toBe("quiet");
    expect(banner({})).toBe("reconnecting");
  });

  it("tells a first connection from a lost one", () => {
    expect(banner({ wasEverReady: false })).toBe("connecting");
  });

  it("tells offline and refused from trying", () => {
    expect(banner({ connection: { state: "offline" } })).toBe("offline");
    expect(banner({ connection: { state: "refused", code: "forbidden" } })).toBe("refused");
  });

  it("says that one is offline sooner: the system has said so, and the connection was tried", () => {
    const offline = { connection: { state: "offline" } as const };
    expect(banner({ ...offline, nowMs: OFFLINE_PATIENCE_MS - 1 })).toBe("quiet");
    expect(banner({ ...offline, nowMs: OFFLINE_PATIENCE_MS })).toBe("offline");
  });

  it("tells the good news only for a moment", () => {
    const back = { connection: READY, lostAtMs: null, backAtMs: 10_000 };
    expect(banner({ ...back, nowMs: 10_000 })).toBe("back");
    expect(banner({ ...back, nowMs: 10_000 + BACK_SHOWN_MS })).toBe("quiet");
  });

  it("has no good news where there was no bad news", () => {
    expect(banner({ connection: READY, lostAtMs: null, backAtMs: null })).toBe("quiet");
  });
});
