import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { appendAlone } from "../append-alone.ts";
import { newRoom } from "../crowd-plan.ts";
import { withCrowds } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
import { withPool } from "../servers/pool.ts";
import type { Room } from "../servers/server.ts";
import { alternate, type Case, median, perSecond, withServers } from "./case.ts";
import { summary } from "./saturated.ts";

const IN_FLIGHT = 500;
const SHAPE = { rooms: 250, members: 2, senders: 2 };
/** Postgres puts commits together by itself where several connections wait for one: the control may have what serves it best. */
const CONTROL_CONNECTIONS = [4, 16, 32];

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
      const connections = await bestControl(moim.databaseUrl, rooms, warmUpMs);
      const [alone, grouped] = await withCrowds([moim], SHAPE, (crowd) =>
        withControl(moim.databaseUrl, connections, rooms, warmUpMs, (sendAlone) =>
          alternate(
            rounds,
            () => sendAlone(windowMs),
            () => crowd.measure({ saturate: 1 }, warmUpMs, windowMs),
          ),
        ),
      );
      const [aloneRate, rate] = [median(alone), median(grouped.map((run) => run.answersPerSecond))];
      return {
        moim: perSecond(rate),
        relay: `${perSecond(aloneRate)} alone, ${connections} connections`,
        ratio: rate / aloneRate,
        readings: { connections, alone, moim: grouped.map(summary) },
      };
    });
  },
};

/** Of the numbers of connections, the one with which most sends are stored. */
async function bestControl(
  databaseUrl: string,
  rooms: readonly Room[],
  windowMs: number,
): Promise<number> {
  const tried: { max: number; rate: number }[] = [];
  for (const max of CONTROL_CONNECTIONS) {
    const rate = await withControl(databaseUrl, max, rooms, windowMs, (send) => send(windowMs));
    tried.push({ max, rate });
  }
  const [best] = tried.sort((one, other) => other.rate - one.rate);
  if (!best) throw new Error("no control");
  return best.max;
}

/** The control, warm: `send` resolves to the sends a second that were stored in so long. */
function withControl<Result>(
  databaseUrl: string,
  max: number,
  rooms: readonly Room[],
  warmUpMs: number,
  work: (send: (windowMs: number) => Promise<number>) => Promise<Result>,
): Promise<Result> {
  return withPool(databaseUrl, max, async (pool) => {
    // The first makes the connections.
    await sendsAlone(pool, rooms, warmUpMs);
    return work((windowMs) => sendsAlone(pool, rooms, windowMs));
  });
}

async function sendsAlone(pool: Pool, rooms: readonly Room[], windowMs: number): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  const keepSending = async (index: number) => {
    const { id: roomId, userIds } = rooms[index % rooms.length] as Room;
    const senderId = userIds[Math.floor(index / rooms.length) % userIds.length] ?? "";
    while (performance.now() - startedAt < windowMs) {
      await appendAlone(pool, {
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
