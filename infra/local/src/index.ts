export { build, buildChatWithFailPoints, buildService } from "./build/build.ts";
export { migrate } from "./build/migrate.ts";
export { type Cluster, type ClusterOptions, startCluster } from "./cluster/start-cluster.ts";
export { type NginxOptions, type RunningNginx, startNginx } from "./cluster/start-nginx.ts";
export { groupBy } from "./group-by.ts";
export { type Gatekeeper, type Link, type Network, TcpProxy } from "./network/tcp-proxy.ts";
export { createDatabase, type TestDatabase } from "./postgres/create-database.ts";
export { startMigratedPostgres } from "./postgres/migrated-postgres.ts";
export { type RunningPgbouncer, startPgbouncer } from "./postgres/start-pgbouncer.ts";
export {
  type RunningPostgres,
  type StartPostgresOptions,
  startPostgres,
} from "./postgres/start-postgres.ts";
export {
  cpuSecondsOf,
  cpuSecondsOfTree,
  type ProcessUse,
  useOfTree,
} from "./process/cpu-seconds.ts";
export { findChromium } from "./process/find-chromium.ts";
export { findProgram } from "./process/find-program.ts";
export { freePort } from "./process/free-port.ts";
export { startGuardedProcess } from "./process/guarded-process.ts";
export { StartFailure } from "./process/start-failure.ts";
export { waitUntilReady } from "./process/wait-until.ts";
export type {} from "./provided.ts";
export { type RunningRedis, type StartRedisOptions, startRedis } from "./redis/start-redis.ts";
export {
  type ClusterNode,
  type RunningRedisCluster,
  startRedisCluster,
} from "./redis/start-redis-cluster.ts";
export { seededRandom } from "./seeded-random.ts";
export { type RunningService, startService } from "./services/service-process.ts";
export {
  nestedList,
  nestedObject,
  pathsWithin,
  replacedAt,
} from "./testing/faulty-values.ts";
