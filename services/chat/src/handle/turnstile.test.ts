import { Failure, LIMITS } from "@moim/protocol";
import { beforeEach, expect, it } from "vitest";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { Turnstile } from "./turnstile.ts";

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

function turnstileOf(bounds: { atOnce: number; perUser: number; total: number }): Turnstile {
  return new Turnstile({ ...bounds, clock, waitMsMax: 1_000, withinMs: 4_000 });
}

/** Work that ends when it is told to, and a record of what has begun. */
function workshop() {
  const begun: string[] = [];
  const endings = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name);
      endings.set(name, () => resolve(name));
    });
  return { begun, work, end: (name: string) => endings.get(name)?.() };
}

it("lets so many through at once, and the next in the order of coming", async () => {
  const turnstile = turnstileOf({ atOnce: 2, perUser: 10, total: 10 });
  const { begun, work, end } = workshop();
  const passed = ["a", "b", "c", "d"].map((name) => turnstile.pass(name, work(name)));
  expect(begun).toEqual(["a", "b"]);
  end("b");
  expect(await passed[1]).toBe("b");
  await Promise.resolve();
  expect(begun).toEqual(["a", "b", "c"]);
  end("a");
  end("c");
  await Promise.all([passed[0], passed[2]]);
  end("d");
  expect(await passed[3]).toBe("d");
});

it("users take turns: who asks for much holds up nobody who asks for little", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 10, total: 20 });
  const { begun, work, end } = workshop();
  const names = ["a1", "a2", "a3", "a4", "b1", "c1", "b2"];
  const passed = names.map((name) => turnstile.pass(name.slice(0, 1), work(name)));
  for (let ended = 0; ended < names.length; ended++) {
    end(begun[ended] ?? "");
    await settled();
  }
  await Promise.all(passed);
  expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

it("refuses one user's crowd, and lets others through", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 2, total: 10 });
  const { begun, work } = workshop();
  for (const name of ["a1", "a2"]) void turnstile.pass("a", work(name));
  await expect(turnstile.pass("a", work("a3"))).rejects.toMatchObject({ code: "rate_limited" });
  void turnstile.pass("b", work("b1"));
  expect(begun).toEqual(["a1"]);
});

it("refuses over the total", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 2, total: 2 });
  const { work } = workshop();
  for (const name of ["a", "b"]) void turnstile.pass(name, work(name));
  await expect(turnstile.pass("c", work("c"))).rejects.toBeInstanceOf(Failure);
});

it("passes the place on when work fails", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 1, total: 1 });
  const failing = turnstile.pass("a", () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(await turnstile.pass("a", async () => "through")).toBe("through");
});

it("refuses who has waited too long, then and there, and never begins their work", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 5, total: 3 });
  const { begun, work, end } = workshop();
  const first = turnstile.pass("u", work("a"));
  const late = ["b", "c"].map((name) => turnstile.pass("u", work(name)));
  const refusals = Promise.all(
    late.map((one) => expect(one).rejects.toMatchObject({ code: "unavailable" })),
  );
  await clock.advance(1_000);
  await refusals;
  // Their places are free again, though what holds them up still goes on.
  const inTime = turnstile.pass("u", work("d"));
  end("a");
  await first;
  await expect.poll(() => begun).toEqual(["a", "d"]);
  end("d");
  expect(await inTime).toBe("d");
});

it("counts the wait into the time that the work has", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 5, total: 5 });
  const { work, end } = workshop();
  const first = turnstile.pass("u", work("a"));
  let leftMs: number | undefined;
  const second = turnstile.pass("u", async (left) => {
    leftMs = left();
  });
  await clock.advance(700);
  end("a");
  await Promise.all([first, second]);
  expect(leftMs).toBe(3_300);
});

/** So many who each ask for all that the rate of changes lets through, all in one room, which takes 100 a second. */
function crowd(count: number, turnstile: Turnstile) {
  const waitingForRoom: (() => void)[] = [];
  const outcomes: string[] = [];
  const ask = (userId: string): Promise<string> =>
    turnstile
      .pass(userId, () => new Promise<void>((resolve) => waitingForRoom.push(resolve)))
      .then(() => "done")
      .catch(({ code }: Failure) => code);
  const askMuch = (times: number) => {
    for (let user = 0; user < count; user++) {
      for (let time = 0; time < times; time++) {
        void ask(`crowd-${user}`).then((outcome) => outcomes.push(outcome));
      }
    }
  };
  const goOn = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 10) {
      askMuch(LIMITS.changesPerSecond / 100);
      waitingForRoom.shift()?.();
      await clock.advance(10);
    }
  };
  askMuch(LIMITS.changesBurst);
  return { ask, outcomes, goOn };
}

it.each([5, 50])("keeps nobody out who asks for little, whatever %i others do", async (others) => {
  const bounds = { perUser: LIMITS.changesBurst, total: 2_000, waitMsMax: 2_500, withinMs: 4_000 };
  const turnstile = new Turnstile({ ...bounds, atOnce: 5, clock });
  const { ask, outcomes, goOn } = crowd(others, turnstile);
  const ofOne: Promise<string>[] = [];
  for (let time = 0; time < 4; time++) {
    ofOne.push(ask("one"), ask("one"));
    await goOn(1_200);
    // Each that waits has a timer: a larger crowd takes no more memory.
    expect(clock.timersWaiting).toBeLessThanOrEqual(bounds.total);
  }
  expect(await Promise.all(ofOne)).toEqual(ofOne.map(() => "done"));
  // It was a crowd: it asked for far more than there is.
  expect(outcomes.filter((outcome) => outcome === "rate_limited").length).toBeGreaterThan(1_000);
});

it("shares the places among all when they are taken: the newest of whoever has most goes", async () => {
  const turnstile = turnstileOf({ atOnce: 1, perUser: 4, total: 5 });
  const { begun, work, end } = workshop();
  const refused: string[] = [];
  const names = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "c1", "c2", "d1", "e1", "f1"];
  const passed = names.map((name) =>
    turnstile.pass(name.slice(0, 1), work(name)).catch(({ code }: Failure) => {
      expect(code).toBe("rate_limited");
      refused.push(name);
    }),
  );
  for (let ended = 0; ended < 5; ended++) {
    end(begun[ended] ?? "");
    await settled();
  }
  await Promise.all(passed);
  expect(refused.sort()).toEqual(["a2", "a3", "a4", "b2", "b3", "c2", "f1"]);
  expect(begun).toEqual(["a1", "b1", "c1", "d1", "e1"]);
});
