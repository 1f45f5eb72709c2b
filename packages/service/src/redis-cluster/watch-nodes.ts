import type { Cluster } from "ioredis";
import type { Logger } from "../logger.ts";

const PING_INTERVAL_MS = 2_000;

/**
 * A connection to a node of the cluster may look open and take nothing; ioredis would keep it until the
 * system gives it up, a quarter of an hour later. One that does not answer is closed: the next command
 * for that node connects anew.
 */
export function watchNodes(cluster: Cluster, logger: Logger): void {
  const timer = setInterval(() => {
    for (const node of cluster.nodes()) {
      if (node.status !== "ready") continue;
      node.ping().catch((error: unknown) => {
        if (node.status !== "ready") return;
        const { host, port } = node.options;
        logger.warn({ err: error, host, port }, "a node of the Redis Cluster does not answer");
        node.disconnect();
      });
    }
  }, PING_INTERVAL_MS).unref();
  cluster.once("end", () => clearInterval(timer));
}
