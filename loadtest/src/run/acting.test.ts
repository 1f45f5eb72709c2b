import { expect, it } from "vitest";
import type { WireChange } from "../clients/changes.ts";
import { FirstStates } from "../receive/first-states.ts";
import { RoomView } from "../receive/room-view.ts";
import { Acting } from "./acting.ts";
import { Ledger } from "./ledger.ts";
import { Tally } from "./tally.ts";

const ROOM = { index: 0, roomId: "room", roomTag: 1 };

/** Somebody who edits and deletes whenever it may, as nobody answers by themselves. */
function person() {
  const tally = new Tally();
  const waiting: { resolve(message: WireChange): void; reject(error: Error): void }[] = [];
  const acting = new Acting({
    ...{ place: 1, userId: "user", tally, ledger: new Ledger(), random: () => 0 },
    client: {
      change: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
      ...{ read() {}, typing() {} },
    },
  });
  const view = new RoomView({ ...ROOM, rev: 0, seq: 0, first: new FirstStates() });
  acting.wrote(ROOM, 1);
  acting.act(ROOM, view);
  return { acting, tally, waiting };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("counts what nobody answers for as long as the connection stands", async () => {
  const { acting, tally, waiting } = person();
  expect(acting.waiting).toBe(2);
  waiting[0]?.resolve({ seq: 1, rev: 2, text: "edit 1 by 1" });
  await turn();
  expect(acting.waiting).toBe(1);
  expect(tally.counters).toMatchObject({ changes: 1, changesCut: 0, errors: 0 });
});

it("tells what a lost connection has cut off from its answer apart from what was refused", async () => {
  const { acting, tally, waiting } = person();
  waiting[0]?.reject(new Error("the connection has ended"));
  waiting[1]?.reject(Object.assign(new Error("no"), { code: "forbidden" }));
  await turn();
  expect(acting.waiting).toBe(0);
  expect(tally.counters).toMatchObject({ changes: 0, changesCut: 1, errors: 1 });
});
