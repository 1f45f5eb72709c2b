import type { RedisPublisher } from "@moim/service";
import { encodeRevocation, type Logger, REVOCATION_CHANNEL, type Revocation } from "@moim/service";

export interface RevocationPublisher {
  /**
   * Tells all chat nodes. To be called after the commit; never rejects, because the table is the
   * truth: nodes that were not told read it there.
   */
  publish(revocations: readonly Revocation[]): Promise<void>;
}

export function redisPublisher(
  redis: RedisPublisher | undefined,
  logger: Logger,
): RevocationPublisher {
  return {
    async publish(revocations) {
      if (redis === undefined) return;
      const results = await Promise.allSettled(
        revocations.map((entry) => redis.publish(REVOCATION_CHANNEL, encodeRevocation(entry))),
      );
      const failed = results.find((result) => result.status === "rejected");
      if (failed) logger.warn({ err: failed.reason }, "a revocation could not be announced");
    },
  };
}
