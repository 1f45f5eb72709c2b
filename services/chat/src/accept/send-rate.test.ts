import { Failure } from "@moim/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { type Charged, SendRate } from "./send-rate.ts";

type Call = {
  passed: number;
  wanted: number;
  answer(charged: Charged): Promise<void>;
  fail(): Promise<void>;
};

function setUp({ perSecond = 10, burst = 30, isAlone = false } = {}) {
  const clock = new ManualClock();
  const calls: Call[] = [];
  const rate = new SendRate({
    clock,
    perSecond,
    burst,
    charge: isAlone
      ? undefined
      : (_, passed, wanted) =>
          new Promise((resolve, reject) => {
            calls.push({
              passed,
              wanted,
              answer: async (charged) => {
                resolve(charged);
                await settled();
              },
              fail: async () => {
                reject(new Error("away"));
                await settled();
              },
            });
          }),
  });
  const outcomes: string[] = [];
  /** `+1` when the send named 1 went ahead, `-1 100` when it was refused for 100 ms. */
  const send = (name: string, userId = "a") =>
    rate.take(userId, (refusal) => {
      const waitMs = refusal instanceof Failure ? refusal.retryAfterMs : undefined;
      outcomes.push(refusal ? `-${name} ${waitMs}` : `+${name}`);
    });
  return { clock, calls, rate, outcomes, send };
}

const call = (calls: readonly Call[], index: number): Call => {
  const found = calls[index];
  if (!found) throw new Error(`no charge ${index}`);
  return found;
};

describe("a user's rate of sends", () => {
  it("of 0 is none: every send goes ahead, and nobody is asked", () => {
    const { calls, outcomes, send } = setUp({ perSecond: 0, burst: 1 });
    for (const name of ["1", "2", "3"]) send(name);
    expect(outcomes).toEqual(["+1", "+2", "+3"]);
    expect(calls).toEqual([]);
  });

  it("lets an idle user's send go ahead before anybody has been asked", () => {
    const { calls, outcomes, send } = setUp();
    send("1");
    expect(outcomes).toEqual(["+1"]);
    expect(calls).toMatchObject([{ passed: 1, wanted: 0 }]);
  });

  it("has those that come meanwhile wait for one charge together, in order", async () => {
    const { calls, outcomes, rate, send } = setUp();
    for (const name of ["1", "2", "3", "4"]) send(name);
    expect(outcomes).toEqual(["+1"]);
    expect(rate.waiting).toBe(3);
    await call(calls, 0).answer({ granted: 0, waitMs: 0 });
    expect(call(calls, 1)).toMatchObject({ passed: 0, wanted: 3 });
    send("5");
    await call(calls, 1).answer({ granted: 3, waitMs: 0 });
    expect(call(calls, 2)).toMatchObject({ passed: 0, wanted: 1 });
    await call(calls, 2).answer({ granted: 1, waitMs: 0 });
    expect(outcomes).toEqual(["+1", "+2", "+3", "+4", "+5"]);
    expect(rate.waiting).toBe(0);
  });

  it("refuses what the shared bucket does not grant, and then asks nobody until there is a token", async () => {
    const { clock, calls, outcomes, send } = setUp();
    for (const name of ["1", "2", "3", "4"]) send(name);
    await call(calls, 0).answer({ granted: 0, waitMs: 0 });
    send("5");
    await call(calls, 1).answer({ granted: 2, waitMs: 80 });
    expect(outcomes).toEqual(["+1", "+2", "+3", "-4 80", "-5 80"]);
    await clock.advance(79);
    send("6");
    expect(outcomes.at(-1)).toBe("-6 1");
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    send("7");
    expect(outcomes.at(-1)).toBe("+7");
    expect(call(calls, 2)).toMatchObject({ passed: 1, wanted: 0 });
  });

  it("refuses a flood by itself, and what others refused costs nothing here", async () => {
    const { clock, calls, outcomes, send } = setUp({ perSecond: 10, burst: 3 });
    for (const name of ["1", "2", "3", "4"]) send(name);
    expect(outcomes).toEqual(["+1", "-4 100"]);
    await call(calls, 0).answer({ granted: 0, waitMs: 50 });
    expect(outcomes.slice(2)).toEqual(["-2 50", "-3 50"]);
    await clock.advance(50);
    send("5");
    expect(outcomes.at(-1)).toBe("+5");
    await call(calls, 1).answer({ granted: 0, waitMs: 0 });
    send("6");
    expect(outcomes.at(-1)).toBe("+6");
  });

  it("is this node's own while the shared bucket does not answer, and shared again a second later", async () => {
    const { clock, calls, outcomes, send } = setUp({ perSecond: 10, burst: 4 });
    send("1");
    send("2");
    await clock.advance(99);
    expect(outcomes).toEqual(["+1"]);
    await clock.advance(1);
    expect(outcomes).toEqual(["+1", "+2"]);
    for (const name of ["3", "4", "5", "6"]) send(name);
    expect(outcomes.slice(2)).toEqual(["+3", "+4", "+5", "-6 100"]);
    expect(calls).toHaveLength(1);
    await clock.advance(1_000);
    send("7");
    expect(call(calls, 1)).toMatchObject({ passed: 1, wanted: 0 });
    send("8");
    await call(calls, 1).fail();
    expect(outcomes.slice(6)).toEqual(["+7", "+8"]);
  });

  it("is one per user", () => {
    const { outcomes, send } = setUp({ burst: 1, isAlone: true });
    send("1");
    send("2");
    send("3", "b");
    expect(outcomes).toEqual(["+1", "-2 100", "+3"]);
  });

  it("that is used up is not forgotten when others come, however many", () => {
    const { outcomes, send } = setUp({ perSecond: 0.001, burst: 2, isAlone: true });
    send("1");
    send("2");
    for (let index = 0; index < 1_000; index++) send("other", `user ${index}`);
    send("3");
    expect(outcomes.at(-1)).toMatch(/^-3 /);
  });

  it("answers every send once and lets them ahead in their order, whatever happens (seeded)", async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant("send" as const), count: fc.integer({ min: 1, max: 6 }) }),
        fc.record({ do: fc.constant("answer" as const), tokens: fc.nat(5), waitMs: fc.nat(300) }),
        fc.record({ do: fc.constant("fail" as const) }),
        fc.record({ do: fc.constant("pass" as const), ms: fc.nat(150) }),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { clock, calls, outcomes, rate, send } = setUp({ burst: 10 });
        let sent = 0;
        let answered = 0;
        const answerNext = async (tokens: number, waitMs: number) => {
          const next = calls[answered];
          if (!next) return;
          answered++;
          const granted = Math.min(tokens, next.wanted);
          await next.answer({ granted, waitMs: granted < next.wanted ? waitMs + 1 : 0 });
        };
        for (const step of script) {
          if (step.do === "send") for (let n = 0; n < step.count; n++) send(String(++sent));
          else if (step.do === "answer") await answerNext(step.tokens, step.waitMs);
          else if (step.do === "fail") await calls[answered++]?.fail();
          else await clock.advance(step.ms);
          answered = Math.min(answered, calls.length);
        }
        while (answered < calls.length) await answerNext(10, 0);
        await clock.advance(200);
        await settled();
        const numbers = outcomes.map((outcome) => Number(outcome.slice(1).split(" ")[0]));
        expect([...numbers].sort((a, b) => a - b)).toEqual(
          Array.from({ length: sent }, (_, index) => index + 1),
        );
        const ahead = outcomes.filter((outcome) => outcome.startsWith("+")).map(Number);
        expect(ahead).toEqual([...ahead].sort((a, b) => a - b));
        expect(rate.waiting).toBe(0);
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });
});
