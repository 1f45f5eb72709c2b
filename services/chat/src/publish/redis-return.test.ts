import { EventEmitter } from "node:events";
import { pino } from "pino";
import type { Server, Socket } from "socket.io";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { RedisReturn } from "./redis-return.ts";

const SOCKETS = 4;
/** The fourth of four waits three quarters of the two seconds over which they are spread. */
const LAST_TURN_MS = 1_500;

let clock: ManualClock;
/** What happened, in order. */
let log: string[];
let isSubscribed: boolean[];
let subscriber: EventEmitter;
let failures: number;
beforeEach(() => {
  clock = new ManualClock();
  log = [];
  isSubscribed = Array.from({ length: SOCKETS }, () => true);
  subscriber = new EventEmitter();
  failures = 0;
  const sockets = new Map(isSubscribed.map((_, index) => [`${index}`, socketThat(index)]));
  const step = (name: string) => async () => {
    log.push(name);
    if (failures-- > 0) throw new Error("Redis is gone again");
  };
  new RedisReturn({
    clock,
    logger: pino({ level: "silent" }),
    io: { of: () => ({ sockets }) } as unknown as Server,
    cluster: { isJoined: true, resubscribe: step("subscribe"), subscribed: async () => {} },
    subscriber: Object.assign(subscriber, { status: "ready" as const }),
    isSubscribed: ({ id }) => isSubscribed[Number(id)] === true,
    readRevocations: step("revocations"),
    reconcileMemberships: step("memberships"),
    onResync: () => {},
  }).watch();
});

function socketThat(index: number): Socket {
  const emit = (name: string) => log.push(`${name} to ${index}`);
  return { id: `${index}`, emit } as unknown as Socket;
}

describe("when Redis is back", () => {
  it("a node learns first what it missed, then tells its sockets one after the other", async () => {
    subscriber.emit("ready");
    await settled();
    expect(log).toEqual(["subscribe", "revocations", "memberships"]);
    log = [];
    await clock.advance(LAST_TURN_MS - 1);
    expect(log).toEqual(["resync to 0", "resync to 1", "resync to 2"]);
    await clock.advance(1);
    expect(log).toHaveLength(SOCKETS);
  });

  it("a socket whose token runs out while it waits its turn is told nothing", async () => {
    isSubscribed[0] = false;
    subscriber.emit("ready");
    await settled();
    isSubscribed[3] = false;
    await clock.advance(LAST_TURN_MS);
    expect(log.filter((line) => line.startsWith("resync"))).toEqual(["resync to 1", "resync to 2"]);
  });

  it("what fails is tried again, and whoever waits is told once it has succeeded", async () => {
    failures = 1;
    subscriber.emit("ready");
    await settled();
    expect(log).toEqual(["subscribe"]);
    await clock.advance(1_000);
    expect(log.slice(1)).toEqual(["subscribe", "revocations", "memberships", "resync to 0"]);
  });

  it("and gone and back once more, only the last return counts", async () => {
    failures = 1;
    subscriber.emit("ready");
    subscriber.emit("ready");
    await clock.advance(5_000);
    expect(log.filter((line) => line === "resync to 0")).toHaveLength(1);
  });
});
