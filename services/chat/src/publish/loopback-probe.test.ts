import { EventEmitter } from "node:events";
import type { RedisPublisher, RedisSubscriber } from "@moim/service";
import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { LoopbackProbe } from "./loopback-probe.ts";

const HOUR_MS = 3_600_000;

let clock: ManualClock;
/** How far the clock on the wall is from the time that passes. */
let wrongByMs: number;
/** Whether the subscription delivers, though its connection looks open. */
let delivers: boolean;
let reconnections: number;
let probe: LoopbackProbe;
beforeEach(() => {
  clock = new ManualClock(10 * HOUR_MS);
  wrongByMs = 0;
  delivers = true;
  reconnections = 0;
  const subscriber = Object.assign(new EventEmitter(), {
    status: "ready",
    subscribe: async () => {},
    disconnect: () => reconnections++,
  });
  const publisher = {
    status: "ready",
    isCluster: false,
    publish: async (channel: string) => {
      if (delivers) subscriber.emit("message", channel);
    },
  };
  probe = new LoopbackProbe({
    clock: { now: () => clock.now() + wrongByMs, after: (...timer) => clock.after(...timer) },
    logger: pino({ level: "silent" }),
    publisher: publisher as unknown as RedisPublisher,
    subscriber: subscriber as unknown as RedisSubscriber,
    nodeId: "n",
  });
  probe.start();
});

async function isFoundSilent(): Promise<void> {
  delivers = false;
  await clock.advance(12_000);
  expect(() => probe.check()).toThrow("no echo");
  expect(reconnections).toBe(1);
}

describe("a subscription that delivers nothing", () => {
  it("is found and connected anew", async () => {
    await clock.advance(10_000);
    probe.check();
    expect(reconnections).toBe(0);
    await isFoundSilent();
  });

  it("is found also where the clock is set back just then", async () => {
    await clock.advance(10_000);
    wrongByMs = -HOUR_MS;
    await isFoundSilent();
  });

  it("is heard again once an echo comes, whatever the clock says", async () => {
    await isFoundSilent();
    wrongByMs = -HOUR_MS;
    delivers = true;
    await clock.advance(2_000);
    probe.check();
  });
});
