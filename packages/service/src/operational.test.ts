import { Counter, Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRegistry, type HealthCheck, Operational } from "./operational.ts";

async function readiness(checks: Record<string, HealthCheck>, isDraining = false) {
  const operational = new Operational(new Registry(), checks);
  if (isDraining) operational.drain();
  const answer = await operational.answer("/readyz");
  return { status: answer?.status, body: JSON.parse(answer?.body ?? "null") };
}

describe("/livez", () => {
  it("answers whatever the checks say: a restart would not bring the database back", async () => {
    const failing = () => Promise.reject(new Error("gone"));
    const operational = new Operational(new Registry(), { database: failing });
    operational.drain();
    expect(await operational.answer("/livez")).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
    });
  });
});

describe("/readyz", () => {
  it("is 200 when every check passes", async () => {
    expect(await readiness({ database: async () => {}, redis: () => {} })).toEqual({
      status: 200,
      body: { status: "ok", checks: { database: "ok", redis: "ok" } },
    });
  });

  it("is 503 with the reason when one check fails, thrown or rejected", async () => {
    const thrown = () => {
      throw new Error("no announcement for 5 s");
    };
    expect(await readiness({ database: async () => {}, redis: thrown })).toEqual({
      status: 503,
      body: { status: "unavailable", checks: { database: "ok", redis: "no announcement for 5 s" } },
    });
    const rejected = () => Promise.reject("gone");
    expect(await readiness({ database: rejected })).toEqual({
      status: 503,
      body: { status: "unavailable", checks: { database: "gone" } },
    });
  });

  it("is 503 for a check that fails without a word", async () => {
    expect((await readiness({ database: () => Promise.reject(new Error("")) })).status).toBe(503);
  });

  it("is 503 while draining, though every check passes", async () => {
    expect(await readiness({ database: async () => {} }, true)).toEqual({
      status: 503,
      body: { status: "unavailable", checks: { database: "ok", draining: "draining" } },
    });
  });
});

describe("a check that hangs", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("counts as failed after 2 s, and leaves no timer behind", async () => {
    const answer = readiness({ database: () => new Promise(() => {}), redis: () => {} });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toEqual({
      status: 503,
      body: {
        status: "unavailable",
        checks: { database: "no answer within 2000 ms", redis: "ok" },
      },
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("/metrics", () => {
  it("shows the process's and the service's own numbers", async () => {
    const registry = createRegistry();
    new Counter({ name: "moim_test_total", help: "t", registers: [registry] }).inc(3);
    const answer = await new Operational(registry, {}).answer("/metrics");
    expect(answer?.status).toBe(200);
    expect(answer?.contentType).toContain("text/plain");
    expect(answer?.body).toContain("moim_test_total 3");
    expect(answer?.body).toContain("process_cpu_seconds_total");
  });

  it("says of every check whether it passes, as /readyz does", async () => {
    const failing = () => Promise.reject(new Error("gone"));
    const operational = new Operational(new Registry(), { database: failing, redis: () => {} });
    const answer = await operational.answer("/metrics");
    expect(answer?.body).toContain('moim_check_passes{check="database"} 0');
    expect(answer?.body).toContain('moim_check_passes{check="redis"} 1');
  });
});

it("any other path is not ours", async () => {
  const operational = new Operational(new Registry(), {});
  for (const path of ["/", "/livez/", "/readyz?x", "/socket.io/"]) {
    expect(await operational.answer(path), path).toBeUndefined();
  }
});
