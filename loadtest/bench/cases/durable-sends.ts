import { randomUUID } from "node:crypto";
import { appendAlone } from "../append-alone.ts";
import { newRoom } from "../crowd-plan.ts";
import { Bench } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
import type { Room } from "../servers/server.ts";
import { alternate, type Case, median, perSecond, withServers } from "./case.ts";
import { summary } from "./saturated.ts";

const IN_FLIGHT = 500;
const SHAPE = { rooms: 250, members: 2, senders: 2 };

/** A node, sockets and all, against one transaction for each send by the driver alone. */
export const durableSends: Case = {
  name: "durable-sends",
  title: "durable sends, 500 in flight, to one transaction each",
  sense: "at least",
  goal: 8,
  async measure({ rounds, warmUpMs, windowMs }) {
    return withServers([await startMoim(1)], async (moim) => {
      const rooms = Array.from({ length: SHAPE.rooms }, () => newRoom(SHAPE.members));
      await moim.makeRooms(rooms);
      const crowd = await Bench.gather(moim, SHAPE);
      const [alone, grouped] = await alternate(
        rounds,
        () => sendsAlone((send) => appendAlone(moim.pool, send), rooms, windowMs),
        () => crowd.measure({ saturate: 1 }, warmUpMs, windowMs),
      );
      await crowd.end();
      const [aloneRate, rate] = [median(alone), median(grouped.map((run) => run.answersPerSecond))];
      return {
        moim: perSecond(rate),
        relay: `${perSecond(aloneRate)} alone`,
        ratio: rate / aloneRate,
        readings: { alone, moim: grouped.map(summary) },
      };
    });
  },
};

type Send = Parameters<typeof appendAlone>[1];

async function sendsAlone(
  append: (send: Send) => Promise<unknown>,
  rooms: readonly Room[],
  windowMs: number,
): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  const keepSending = async (index: number) => {
    const { id: roomId, userIds } = rooms[index % rooms.length] as Room;
    const senderId = userIds[Math.floor(index / rooms.length) % userIds.length] ?? "";
    while (performance.now() - startedAt < windowMs) {
      await append({
        roomId,
        senderId,
        clientId: randomUUID(),
        text: "a sentence of the usual length",
      });
      sent++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => keepSending(index)));
  return sent / ((performance.now() - startedAt) / 1_000);
}
