import rateLimit, { type FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import { Failure } from "@moim/protocol";
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from "fastify";
import { z } from "zod";
import { verifyBearer } from "../keys/access-tokens.ts";
import type { SharedCounts } from "./shared-counts.ts";
import { sourceOf } from "./source.ts";

export const MINUTE_MS = 60_000;

/**
 * Requests per minute and network address. Many people may share one (an office, a school), so these
 * only stop floods; guessing is stopped by account-limits.ts and by the attempts that a code allows.
 */
export const RATE_LIMITS = {
  signUp: perSource(300),
  signIn: perSource(300),
  codes: perSource(120),
  resets: perSource(120),
  refresh: perSource(1_200),
  lookups: perSource(1_200),
  /** Probes and public keys, which cost nothing and must not be missed. */
  none: { config: { rateLimit: false } },
} as const satisfies Record<string, RouteShorthandOptions>;

/** Requests per minute of one user, or from one address without a token, to every other route. */
const OTHERS_MAX = 1_200;

function perSource(max: number): RouteShorthandOptions {
  const rateLimit = { max, timeWindow: MINUTE_MS, keyGenerator: sourceOf };
  return { config: { rateLimit } };
}

/**
 * Counts by who asks instead of from where: a chat node asks for all of its users, from one address.
 * A request without a valid token is refused here, before anything is counted or read.
 */
export function limitByUser(now: () => number, max: number): RouteShorthandOptions {
  const keyGenerator = async (request: FastifyRequest) =>
    `user:${(await verifyBearer(request, now())).sub}`;
  return { config: { rateLimit: { max, timeWindow: MINUTE_MS, keyGenerator } } };
}

/** Gives every route the limit of the others, unless it has one of its own. */
export async function registerRateLimits(
  app: FastifyInstance,
  counts: SharedCounts,
  now: () => number,
): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: OTHERS_MAX,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => userOrSource(request, now()),
    store: storeOf(counts),
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
}

/** A token that is not valid makes a request no other than one without. */
async function userOrSource(request: FastifyRequest, now: number): Promise<string> {
  if (request.headers.authorization === undefined) return sourceOf(request);
  return verifyBearer(request, now).then(
    ({ sub }) => `user:${sub}`,
    () => sourceOf(request),
  );
}

/** Counts of one route are apart from those of others. */
function storeOf(counts: SharedCounts): FastifyRateLimitStoreCtor {
  return class Store {
    #prefix = "";

    incr(...[key, done, windowMs]: Parameters<InstanceType<FastifyRateLimitStoreCtor>["incr"]>) {
      counts.count(`${this.#prefix}${key}`, windowMs).then((count) => done(null, count), done);
    }

    /** Its type promises the route's options; what comes has them in `routeInfo`. */
    child(options: object) {
      const child = new Store();
      child.#prefix = `${this.#prefix}${routeOf(options)}:`;
      return child;
    }
  };
}

const childOptions = z.object({
  routeInfo: z.object({ method: z.unknown(), url: z.string() }).partial(),
});

function routeOf(options: object): string {
  const { method = "", url = "" } = childOptions.parse(options).routeInfo;
  return `${method}${url}`;
}

export function tooMany(retryAfterMs: number): Failure {
  return new Failure("rate_limited", "too many attempts; try again later", { retryAfterMs });
}
