import { authDown, keysRotated, nginxReloaded } from "./around.ts";
import { nodeDiesBeforeAnnouncing, nodeKilled, nodeStopped, rollingRestart } from "./chat-nodes.ts";
import type { Fault } from "./fault.ts";
import {
  answersLost,
  frozenReaders,
  halfOpen,
  lossyNetwork,
  reconnectStorm,
  signOut,
} from "./people.ts";
import {
  commitsCut,
  postgresKilled,
  postgresPaused,
  postgresRestarted,
  tooManyConnections,
  walDiskFull,
} from "./postgres.ts";
import {
  redisKilled,
  redisPartitioned,
  redisPaused,
  redisRefused,
  subscriptionDead,
} from "./redis.ts";

const ALL: readonly Fault[] = [
  ...[nodeKilled, nodeDiesBeforeAnnouncing, nodeStopped, rollingRestart],
  ...[redisKilled, redisPaused, redisPartitioned, redisRefused, subscriptionDead],
  ...[postgresKilled, postgresRestarted, postgresPaused],
  ...[commitsCut, tooManyConnections, walDiskFull],
  ...[authDown, keysRotated, nginxReloaded],
  ...[answersLost, halfOpen, frozenReaders, lossyNetwork, reconnectStorm, signOut],
];

export const FAULTS: ReadonlyMap<string, Fault> = new Map(ALL.map((fault) => [fault.name, fault]));
