import type { FastifyInstance, FastifyRequest } from "fastify";

/** Longer than the database takes to answer or to be given up. */
const ANSWERS_TIMEOUT_MS = 5_000;

/**
 * Holds the closing of `app`, which cuts every connection, until each request that has arrived as a
 * whole has been answered, at most `ANSWERS_TIMEOUT_MS`. A request of which a part is still missing
 * is not waited for: its sender may never send it.
 */
export function answerBeforeClosing(app: FastifyInstance): void {
  const underWay = new Set<FastifyRequest>();
  let onAnswered = () => {};
  app.addHook("onRequest", async (request, reply) => {
    underWay.add(request);
    // Unlike the framework's onResponse, also when the sender has gone before the answer.
    reply.raw.once("close", () => {
      underWay.delete(request);
      onAnswered();
    });
  });
  app.addHook("preClose", async () => {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ANSWERS_TIMEOUT_MS);
      onAnswered = () => {
        if (![...underWay].some((request) => request.raw.complete)) resolve();
      };
      onAnswered();
    });
    clearTimeout(timer);
  });
}
