import { startPostgres, startRedis } from "@moim/local";
import type { TestProject } from "vitest/node";

/** One Postgres and one Redis for the whole run; each test file makes a database of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  project.provide("postgresUrl", postgres.url);
  project.provide("redisUrl", redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
