import { randomUUID } from "node:crypto";
import { Pool } from "pg";
import { appendAlone } from "../append-alone.ts";
import { newRoom } from "../crowd-plan.ts";
import { Bench } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
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
      const crowd = await Bench.gather(moim, SHAPE);
      const control = await bestControl(moim.databaseUrl, rooms, warmUpMs);
      const [alone, grouped] = await alternate(
        rounds,
        () => sendsAlone(control, rooms, windowMs),
        () => crowd.measure({ saturate: 1 }, warmUpMs, windowMs),
      );
      await crowd.end();
      await control.end();
      const [aloneRate, rate] = [median(alone), median(grouped.map((run) => run.answersPerSecond))];
      return {
        moim: perSecond(rate),
        relay: `${perSecond(aloneRate)} alone, ${control.options.max} connections`,
        ratio: rate / aloneRate,
        readings: { connections: control.options.max, alone, moim: grouped.map(summary) },
      };
    });
  },
};

/** Of those that were tried, the one with which most sends are stored. */
async function bestControl(
  connectionString: string,
  rooms: readonly Room[],
  windowMs: number,
): Promise<Pool> {
  const tried: { pool: Pool; rate: number }[] = [];
  for (const max of CONTROL_CONNECTIONS) {
    const pool = new Pool({ connectionString, max });
    // The first makes the connections.
    await sendsAlone(pool, rooms, windowMs);
    tried.push({ pool, rate: await sendsAlone(pool, rooms, windowMs) });
  }
  const [best, ...others] = tried.sort((one, other) => other.rate - one.rate);
  for (const { pool } of others) await pool.end();
  if (!best) throw new Error("no control");
  return best.pool;
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
