import { EventEmitter } from "node:events";
import { type AccessTokenClaims, Failure } from "@moim/protocol";
import type { Socket } from "socket.io";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { type Connection, Connections } from "./connection.ts";
import { TokenBucket } from "./rate-limit.ts";
import { RevokedSessions } from "./revoked-sessions.ts";
import { Backlog } from "./slow-consumers.ts";
import { TokenLifetime } from "./token-lifetime.ts";

const START = 1_800_000_000_000;
const TTL_MS = 600_000;
const GRACE_MS = 30_000;

/** What happened, in order: what the socket was sent, and what was done to it. */
let log: unknown[];
let clock: ManualClock;
let connections: Connections;
let connection: Connection;
let lifetime: TokenLifetime;
let revoked: RevokedSessions;
/** What the verifier says of a token, and when subscribing is done. */
let verify: (token: string) => Promise<AccessTokenClaims>;
let subscribed: Promise<void>;
beforeEach(() => {
  log = [];
  clock = new ManualClock(START);
  connections = new Connections();
  revoked = new RevokedSessions(clock, () => {});
  verify = async () => claimsFor();
  subscribed = Promise.resolve();
  lifetime = new TokenLifetime({
    clock,
    graceMs: GRACE_MS,
    verifier: { verify: (token) => verify(token) },
    revoked,
    connections,
    unsubscribe: () => log.push("unsubscribed"),
    async subscribe() {
      log.push("subscribing");
      await subscribed;
      log.push("subscribed");
    },
    onExpired: () => {},
    onResync: () => {},
  });
  connection = connect();
});

/** A socket that only remembers. */
function connect(issuedAt = START, expiresAt = START + TTL_MS): Connection {
  const socket = {
    id: "socket",
    emit: (name: string, payload: unknown) => log.push([name, payload]),
    disconnect: () => log.push("disconnected"),
    conn: { close: () => log.push("engine closed") },
  };
  const made: Connection = {
    socket: socket as unknown as Socket,
    userId: "user",
    sessionId: "session",
    accessToken: "first",
    issuedAt,
    expiresAt,
    token: { phase: "valid" },
    isSubscribed: true,
    isReady: true,
    bucket: new TokenBucket(1, 1, START),
    backlog: new Backlog({ conn: idleConnection() } as unknown as Socket, () => {}),
    underWay: 0,
    onAnswered: () => {},
    isLeaving: false,
    closedFor: undefined,
  };
  connections.add(made);
  lifetime.start(made);
  return made;
}

/** An engine connection with nothing to end. */
function idleConnection() {
  return Object.assign(new EventEmitter(), { transport: {} });
}

function claimsFor(change: Partial<AccessTokenClaims> = {}): AccessTokenClaims {
  const iat = clock.now() / 1_000;
  const sound = { iss: "moim", aud: "moim", sub: "user", sid: "session", jti: "j", iat };
  return { ...sound, exp: iat + TTL_MS / 1_000, typ: "access", ...change };
}

const EXPIRING = ["token:expiring", { expiresAt: START + TTL_MS }];
const EXPIRED = ["token:expired", { graceMs: GRACE_MS }];
const CLOSED = ["session:closed", { code: "token_expired", reconnect: true }];

describe("a socket that never renews", () => {
  it("is told at 80 % of the lifetime", async () => {
    await clock.advance(0.8 * TTL_MS - 1);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual([EXPIRING]);
    expect(connection.token).toEqual({ phase: "valid" });
  });

  it("gets nothing more at its very expiry, though it is silent", async () => {
    await clock.advance(TTL_MS - 1);
    expect(log).toEqual([EXPIRING]);
    await clock.advance(1);
    expect(log).toEqual([EXPIRING, "unsubscribed", EXPIRED]);
    expect(connection.token).toEqual({ phase: "grace", endsAt: START + TTL_MS + GRACE_MS });
  });

  it("is closed after the grace, in a way that lets it come back", async () => {
    await clock.advance(TTL_MS + GRACE_MS - 1);
    expect(log).not.toContainEqual(CLOSED);
    await clock.advance(1);
    expect(log).toEqual([EXPIRING, "unsubscribed", EXPIRED, CLOSED, "engine closed"]);
    expect(connection.token).toEqual({ phase: "closed" });
    await clock.advance(10 * TTL_MS);
    expect(log).toHaveLength(5);
  });
});

describe("a socket that comes with an old token", () => {
  it("has the rest of its lifetime only", async () => {
    lifetime.stop(connection);
    const expiresAt = START + 0.1 * TTL_MS;
    connect(START - 0.9 * TTL_MS, expiresAt);
    await clock.advance(0);
    expect(log).toEqual([["token:expiring", { expiresAt }]]);
    await clock.advance(0.1 * TTL_MS);
    expect(log.slice(1)).toEqual(["unsubscribed", EXPIRED]);
  });
});

describe("a renewal in time", () => {
  it("moves every deadline, and touches neither rooms nor deliveries", async () => {
    await clock.advance(0.9 * TTL_MS);
    const expiresAt = clock.now() + TTL_MS;
    expect(await lifetime.renew(connection, "second")).toEqual({ expiresAt });
    expect(connection).toMatchObject({ accessToken: "second", expiresAt });
    await clock.advance(0.8 * TTL_MS);
    expect(log).toEqual([EXPIRING, ["token:expiring", { expiresAt }]]);
    await clock.advance(0.2 * TTL_MS);
    expect(log.slice(2)).toEqual(["unsubscribed", EXPIRED]);
  });

  it("is the one that was asked for last, whichever the verifier answers last", async () => {
    const decide = new Map<string, () => void>();
    const lifetimes = new Map([
      ["second", TTL_MS / 2],
      ["third", TTL_MS],
    ]);
    verify = (token) =>
      new Promise((resolve) => {
        const exp = (START + (lifetimes.get(token) ?? 0)) / 1_000;
        decide.set(token, () => resolve(claimsFor({ exp, sid: token })));
      });
    const [earlier, later] = [
      lifetime.renew(connection, "second"),
      lifetime.renew(connection, "third"),
    ];
    decide.get("third")?.();
    expect(await later).toEqual({ expiresAt: START + TTL_MS });
    decide.get("second")?.();
    expect(await earlier).toEqual({ expiresAt: START + TTL_MS });
    expect(connection).toMatchObject({ accessToken: "third", sessionId: "third" });
    await clock.advance(0.8 * TTL_MS - 1);
    expect(log).toEqual([]);
  });

  it("replaces the token even by one that runs out sooner", async () => {
    const expiresAt = START + TTL_MS / 2;
    verify = async () => claimsFor({ exp: expiresAt / 1_000 });
    expect(await lifetime.renew(connection, "second")).toEqual({ expiresAt });
    await clock.advance(TTL_MS / 2);
    expect(log).toEqual([["token:expiring", { expiresAt }], "unsubscribed", EXPIRED]);
  });

  it("may bring another session of the same user, whose end then ends this socket", async () => {
    verify = async () => claimsFor({ sid: "other session" });
    await lifetime.renew(connection, "second");
    expect(connections.ofSession("session")).toEqual([]);
    expect(connections.ofSession("other session")).toEqual([connection]);
  });
});

describe("a renewal within the grace", () => {
  beforeEach(async () => {
    await clock.advance(TTL_MS + GRACE_MS - 1);
    log = [];
  });

  it("subscribes again, then has the client fetch what it missed, then answers", async () => {
    let finish = () => {};
    subscribed = new Promise((resolve) => {
      finish = resolve;
    });
    const answer = lifetime.renew(connection, "second").then(() => log.push("answered"));
    await settled();
    expect(log).toEqual(["subscribing"]);
    expect(connection.token).toEqual({ phase: "valid" });
    finish();
    await answer;
    expect(log).toEqual([
      "subscribing",
      "subscribed",
      ["resync", { reason: "renewed" }],
      "answered",
    ]);
  });

  it("keeps the socket open", async () => {
    await lifetime.renew(connection, "second");
    await clock.advance(0.8 * TTL_MS - 1);
    expect(log).not.toContainEqual(CLOSED);
  });

  it("that comes from the verifier after the grace is too late", async () => {
    let decide = (_: AccessTokenClaims) => {};
    verify = () =>
      new Promise((resolve) => {
        decide = resolve;
      });
    const answer = expect(lifetime.renew(connection, "second")).rejects.toMatchObject({
      code: "token_expired",
    });
    await clock.advance(1);
    decide(claimsFor());
    await answer;
    expect(connection.token).toEqual({ phase: "closed" });
    expect(log).toEqual([CLOSED, "engine closed"]);
  });
});

describe("a renewal that is refused", () => {
  it.each([
    ["another user's token", "token_invalid", () => claimsFor({ sub: "somebody else" })],
    [
      "a token of an ended session",
      "session_revoked",
      () => {
        revoked.add([{ sessionId: "ended", userId: "user", expiresAt: START + 10 * TTL_MS }]);
        return claimsFor({ sid: "ended" });
      },
    ],
    [
      "an expired token",
      "token_expired",
      () => {
        throw new Failure("token_expired", "expired");
      },
    ],
    [
      "a token that cannot be verified now",
      "unavailable",
      () => {
        throw new Failure("unavailable", "no keys");
      },
    ],
  ])("for %s (%s) leaves the socket and its deadlines as they were", async (_, code, claims) => {
    verify = async () => claims();
    await expect(lifetime.renew(connection, "second")).rejects.toMatchObject({ code });
    expect(connection).toMatchObject({
      accessToken: "first",
      sessionId: "session",
      expiresAt: START + TTL_MS,
      token: { phase: "valid" },
    });
    await clock.advance(TTL_MS);
    expect(log).toEqual([EXPIRING, "unsubscribed", EXPIRED]);
  });
});

describe("a socket that has gone", () => {
  it("is not watched any longer", async () => {
    lifetime.stop(connection);
    await clock.advance(10 * TTL_MS);
    expect(log).toEqual([]);
  });

  it("is not brought back by a renewal that was under way", async () => {
    lifetime.stop(connection);
    await expect(lifetime.renew(connection, "second")).rejects.toMatchObject({
      code: "token_expired",
    });
    await clock.advance(10 * TTL_MS);
    expect(log).toEqual([]);
  });
});
