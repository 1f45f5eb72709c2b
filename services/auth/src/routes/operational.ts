import { z } from "zod";
import { RATE_LIMITS } from "../limits/rate-limits.ts";
import type { Routes } from "./context.ts";
import { BYTES, describe } from "./describe.ts";

const JWKS_MAX_AGE_SECONDS = 300;

const publishKeys = describe({
  chapter: "operation",
  summary: "The public keys by which access tokens are verified (RFC 7517)",
  answers: {
    200: z.object({
      keys: z.array(z.looseObject({ kty: z.string().optional(), kid: z.string().optional() })),
    }),
  },
});

const PROBES = {
  "/livez": "Whether the process answers",
  "/readyz": "Whether it can work: 503 while a part is missing, or it is about to leave",
  "/metrics": "Metrics, as Prometheus reads them",
} as const;

export const operationalRoutes: Routes = (app, { operational, keys }) => {
  for (const [path, summary] of Object.entries(PROBES)) {
    const answers = { 200: { description: "Fine", content: { "*/*": { schema: BYTES } } } };
    const schema = describe({ chapter: "operation", summary, answers });
    app.get(path, { ...RATE_LIMITS.none, schema }, async (_request, reply) => {
      const answer = await operational.answer(path);
      if (answer === undefined) return reply.callNotFound();
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    });
  }

  app.get(
    "/.well-known/jwks.json",
    { ...RATE_LIMITS.none, schema: publishKeys },
    async (_request, reply) =>
      reply
        .header("cache-control", `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
        .type("application/json; charset=utf-8")
        .send(keys.publicJwks()),
  );
};
