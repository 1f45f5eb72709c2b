import { expect, it } from "vitest";
import { Refused } from "../clients/raw-client.ts";
import { FirstStates } from "../receive/first-states.ts";
import type { Noticed } from "../receive/room-view.ts";
import { RoomView } from "../receive/room-view.ts";
import { CatchingUp, type CatchingUpParts } from "./catching-up.ts";

type Asked = { roomId: string; rev: number };
type Answer = object | undefined;

const message = (seq: number, rev = seq) => ({ seq, rev, clientId: null, text: "words" });
const changes = (rev: number, ...seqs: number[]) => ({
  ...{ rev, changes: seqs.map((seq) => message(seq)), more: false, reset: false },
});

/**
 * A receiver of some rooms, of a server that answers for each of them so; undefined leaves it out. Asked more often
 * than it can have a reason for, the server ends the connection.
 */
function receiver(answerTo: (asked: Asked, times: number) => Answer, isGuest = false) {
  const heard: string[] = [];
  let times = 0;
  const noticed: Noticed = {
    silentGap: (rev) => heard.push(`silent ${rev}`),
    outOfOrder: (rev) => heard.push(`out of order ${rev}`),
    wrongRoom: () => heard.push("wrong room"),
    repeated: ({ seq }) => heard.push(`repeated ${seq}`),
    taken: ({ seq }, how) => heard.push(`${how} ${seq}`),
  };
  const request = async (name: string, asked: { rooms: Asked[] }) => {
    if (name === "message:page") return { rev: 2_000, messages: [message(1_900)] };
    if (++times > 9) throw new Error("asked again and again");
    const rooms = asked.rooms.map((one) => ({ roomId: one.roomId, answer: answerTo(one, times) }));
    return {
      rooms: rooms.flatMap(({ roomId, answer }) => (answer ? [{ roomId, ...answer }] : [])),
    };
  };
  const catchingUp = new CatchingUp({
    ...{ client: { request } as unknown as CatchingUpParts["client"], noticed },
    onTold: ({ seq }, toldMicros) => heard.push(`told of ${seq} at ${toldMicros}`),
    onDenied: (roomId, how) => heard.push(`${roomId} ${how}`),
    mayVisit: () => isGuest,
    error: (code) => heard.push(code),
    wait: async () => {},
  });
  const view = (roomId: string) =>
    new RoomView({ roomId, roomTag: 1, rev: 0, seq: 0, first: new FirstStates() });
  return { heard, catchingUp, view };
}

it("fetches over as many pages as there are", async () => {
  const { heard, catchingUp, view } = receiver(({ rev }) =>
    rev === 0 ? { ...changes(4, 1, 2), more: true } : changes(4, 3, 4),
  );
  const room = view("a");
  expect(await catchingUp.fetch([room])).toBe(true);
  expect(room.rev).toBe(4);
  expect(heard).toEqual(["fetched 1", "fetched 2", "fetched 3", "fetched 4"]);
});

it("asks no second time for a room that the answer leaves out, and says so", async () => {
  const { heard, catchingUp, view } = receiver(({ roomId }) =>
    roomId === "a" ? changes(1, 1) : undefined,
  );
  expect(await catchingUp.fetch([view("a"), view("b")])).toBe(true);
  expect(heard).toEqual(["fetched 1", "b was left out of the answer"]);
});

it("asks no second time where more is promised and nothing is told", async () => {
  const { heard, catchingUp, view } = receiver(({ rev }) =>
    rev === 0 ? { ...changes(9, 1, 2), more: true } : { ...changes(2), more: true },
  );
  expect(await catchingUp.fetch([view("a")])).toBe(true);
  expect(heard[0]).toBe("a was promised more than the answer holds");
});

it("lets nobody be told to load everything anew who is not over 1,000 changes behind", async () => {
  const resetAt = async (rev: number, isGuest: boolean) => {
    const { heard, catchingUp, view } = receiver(() => ({ ...changes(rev), reset: true }), isGuest);
    const room = view("a");
    await catchingUp.fetch([room]);
    expect(room.isReset).toBe(true);
    return heard;
  };
  expect(await resetAt(1_001, false)).toEqual([]);
  expect(await resetAt(1_000, false)).toEqual([
    "a 1000 changes behind, was told to load everything anew",
  ]);
  // It may hold what was before it came back.
  expect(await resetAt(3, true)).toEqual([]);
});

it("knows when the server first spoke of what it then fetches, however often it is refused meanwhile", async () => {
  const { heard, catchingUp, view } = receiver((_asked, times) => {
    if (times === 1) throw new Refused({ code: "rate_limited", message: "later" });
    return changes(1, 1);
  });
  const room = view("a");
  const first = catchingUp.fetch([room], 100);
  void catchingUp.fetch([room], 900);
  await first;
  expect(heard).toEqual(["rate_limited", "fetched 1", "told of 1 at 100"]);
});

it("keeps the server's first word when it is refused, whether that came before or meanwhile", async () => {
  const refusedWhile = async (first?: number) => {
    const { heard, catchingUp, view } = receiver((_asked, times) => {
      if (times > 1) return changes(1, 1);
      void catchingUp.fetch([room], 900);
      throw new Refused({ code: "rate_limited", message: "later" });
    });
    const room = view("a");
    await catchingUp.fetch([room], first);
    return heard.at(-1);
  };
  expect(await refusedWhile()).toBe("told of 1 at 900");
  expect(await refusedWhile(100)).toBe("told of 1 at 100");
});

it("has no word of the server about what it fetches by itself", async () => {
  const { heard, catchingUp, view } = receiver(() => changes(1, 1));
  await catchingUp.fetch([view("a")]);
  expect(heard).toEqual(["fetched 1"]);
});
