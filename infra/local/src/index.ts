export { createDatabase, type TestDatabase } from "./postgres/create-database.ts";
export {
  type RunningPostgres,
  type StartPostgresOptions,
  startPostgres,
} from "./postgres/start-postgres.ts";
export { freePort } from "./process/free-port.ts";
export { StartFailure } from "./process/start-failure.ts";
export type {} from "./provided.ts";
export { type RunningRedis, type StartRedisOptions, startRedis } from "./redis/start-redis.ts";
