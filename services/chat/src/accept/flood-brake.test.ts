import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { brakeFloods } from "./flood-brake.ts";

function setUp() {
  const clock = new ManualClock();
  const states: string[] = [];
  const connection = Object.assign(new EventEmitter(), {
    transport: {
      socket: { pause: () => states.push("paused"), resume: () => states.push("reading") },
    },
  });
  brakeFloods(connection, clock);
  const receive = (count: number) => {
    for (let index = 0; index < count; index++) connection.emit("packet");
  };
  return { clock, states, receive };
}

describe("the brake", () => {
  it("is not felt within the burst, nor at the pace that follows it", async () => {
    const { clock, states, receive } = setUp();
    receive(500);
    for (let second = 0; second < 10; second++) {
      await clock.advance(1_000);
      receive(500);
    }
    expect(states).toEqual([]);
  });

  it("stops the reading of more, for as long as what was read already is worth", async () => {
    const { clock, states, receive } = setUp();
    receive(500 + 3_000);
    expect(states).toEqual(["paused"]);
    await clock.advance(2_999);
    expect(states).toEqual(["paused"]);
    await clock.advance(2);
    expect(states).toEqual(["paused", "reading"]);
    receive(10);
    expect(states).toEqual(["paused", "reading", "paused"]);
  });

  it("lets a thousand packets a second through a flood of any length", async () => {
    const { clock, states, receive } = setUp();
    let isReading = true;
    let received = 0;
    for (let time = 0; time < 10_000; time += 10) {
      isReading = states.at(-1) !== "paused";
      if (isReading) {
        receive(100);
        received += 100;
      }
      await clock.advance(10);
    }
    expect(received).toBeGreaterThan(9_000);
    expect(received).toBeLessThan(11_500);
  });
});
