import { expect, it } from "vitest";
import { notesOn } from "./notes.ts";

const options = { scenario: "rooms", client: "raw", url: undefined } as const;
const server = (cpu: (number | null)[]) => ({
  ...{ name: "chat-1", kind: "chat" as const, cpu, memoryBytes: [], connections: [] },
  ...{ cpuSeconds: 0, deliveries: 0, commits: 0, commitSeconds: 0, slowConsumers: 2 },
});
const generators = [{ utilization: 0.5, loopLagP99: 1, cpu: 0.5 }];

it("says when the machine itself was full, and who else was on it", () => {
  const half = { servers: [server([0.4, null, 0.6])], generators, machineBusy: 0.6 };
  expect(notesOn(options, half, {}, 2)).toEqual([
    "this machine's 2 cores were 60 % busy, 50 % with the servers and the generator",
  ]);
  const full = { ...half, machineBusy: 0.99 };
  expect(notesOn(options, full, {}, 2)[0]).toContain("99 % busy, 50 % with");
  expect(notesOn(options, full, {}, 2)[0]).toContain("a full machine");
});

it("says whether slow consumers were cut, as only then anything was tried", () => {
  const part = { servers: [], generators, machineBusy: 0.5 };
  const slow = { ...options, scenario: "slow-consumers", url: "http://example.org" } as const;
  expect(notesOn(slow, part, {})[0]).toContain("no slow consumer was cut");
  const cut = { ...part, servers: [server([0.1]), server([0.1])] };
  expect(notesOn(slow, cut, {})[0]).toContain("4 slow consumers");
  expect(notesOn(slow, part, { "closed: slow_consumer": 3 })[0]).toContain("3 slow consumers");
});
