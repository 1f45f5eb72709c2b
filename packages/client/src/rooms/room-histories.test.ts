import type { RoomSummary } from "@moim/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ROOM_IDS, RoomListScene } from "../testing/room-list-scene.ts";

const KINDS = [
  ...["say", "say", "say", "say", "erase", "read", "read", "read elsewhere", "mute elsewhere"],
  ...["remove", "invite", "more", "lose", "wait", "wait", "reconnect"],
  ...["handle", "handle", "handle", "answer", "answer", "answer", "arrive", "arrive", "arrive"],
] as const;
const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  room: fc.constantFrom(...ROOM_IDS),
  pick: fc.nat({ max: 12 }),
});
const steps = fc.array(step, { maxLength: 200, size: "max" });

const shown = ({ id, rev, lastSeq, readSeq, unread, muted }: RoomSummary) => ({
  ...{ id, rev, lastSeq, readSeq, unread, muted },
});

test.each([
  ["one page", 10, []],
  ["more than a page", 3, []],
  ["more than a page, and rooms on the screen", 3, ["a", "c"]],
])("the list ends in the server's state whatever happens: %s", async (_, pageSize, openRooms) => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const scene = new RoomListScene(pageSize, openRooms);
      for (const each of taken) await scene.run(each);
      await scene.heal();
      const { list, server } = scene;
      const { rooms, unreadTotal } = server.page(undefined, Number.POSITIVE_INFINITY);
      const [newest] = list.view.current.rooms;
      if (newest && rooms[0]) expect(shown(newest)).toEqual(shown(rooms[0]));
      while (list.view.current.hasMore) {
        list.loadMore().catch(() => {});
        await scene.heal();
      }
      expect(list.view.current.rooms.map(shown)).toEqual(rooms.map(shown));
      expect(list.view.current.unreadTotal).toBe(unreadTotal);
      expect(rooms.filter(({ id }) => !list.isCurrent(id))).toEqual([]);
    }),
    { numRuns: 400, seed: 20_261_130 },
  );
});
