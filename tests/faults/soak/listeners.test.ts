import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, expect, test } from "vitest";
import { ListenerCounter } from "./listeners.ts";

const counter = new ListenerCounter();
afterAll(() => counter.close());

/** Adds ten listeners to an emitter that lives, and to one that does not, each time it hears a line. */
const LEAKING = `
  const { EventEmitter } = require("node:events");
  const kept = new EventEmitter().setMaxListeners(0);
  const signal = new AbortController().signal;
  process.stdin.on("data", () => {
    const thrownAway = new EventEmitter().setMaxListeners(0);
    for (let count = 0; count < 10; count++) {
      kept.on("leak", () => {});
      thrownAway.on("no leak", () => {});
      signal.addEventListener("abort", () => {});
    }
    process.stdout.write("added");
  });
  process.stdout.write("ready");
`;

test("listeners that stay are counted, and those of what is gone are not", async () => {
  const child = spawn(process.execPath, ["-e", LEAKING], {
    env: { ...process.env, ...counter.environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    const { pid } = child;
    if (pid === undefined) throw new Error("no process was started");
    const before = await counter.countOf(pid);
    for (let time = 0; time < 3; time++) {
      child.stdin.write("add\n");
      await once(child.stdout, "data");
    }
    const after = await counter.countOf(pid);
    expect(after.listeners - before.listeners).toBeGreaterThanOrEqual(30);
    expect(after.listeners - before.listeners).toBeLessThan(40);
    expect(after).toMatchObject({ most: 30, mostOf: "EventEmitter leak" });
    const none = { emitters: 0, listeners: 0 };
    const [one, other] = [before, after].map(({ classes }) => classes.EventEmitter ?? none);
    expect((other?.listeners ?? 0) - (one?.listeners ?? 0)).toBe(30);
    expect(other?.emitters).toBe(one?.emitters);
    expect(after.signalListeners - before.signalListeners).toBe(30);
  } finally {
    child.kill();
  }
});
