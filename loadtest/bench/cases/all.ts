import { acknowledgementMedian, acknowledgementTail } from "./acknowledgement.ts";
import type { Case } from "./case.ts";
import { connectStorm, sendsInStorm } from "./connect-storm.ts";
import { durableSends } from "./durable-sends.ts";
import { guard } from "./guard.ts";
import { halfLoad } from "./half-load.ts";
import { idleMemory } from "./idle-memory.ts";
import { million } from "./million.ts";
import { largeRoom, manyRooms } from "./saturated.ts";
import { idleNode, twoNodes } from "./split.ts";

/** In the order of the table. */
export const cases: readonly Case[] = [
  manyRooms,
  largeRoom,
  halfLoad,
  durableSends,
  acknowledgementMedian,
  acknowledgementTail,
  guard,
  twoNodes,
  idleNode,
  idleMemory,
  connectStorm,
  sendsInStorm,
  million,
];
