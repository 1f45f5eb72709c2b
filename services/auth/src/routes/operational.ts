import type { Routes } from "./context.ts";

const JWKS_MAX_AGE_SECONDS = 300;

export const operationalRoutes: Routes = (app, { operational, keys }) => {
  for (const path of ["/livez", "/readyz", "/metrics"]) {
    app.get(path, async (_request, reply) => {
      const answer = await operational.answer(path);
      if (answer === undefined) return reply.callNotFound();
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    });
  }

  app.get("/.well-known/jwks.json", async (_request, reply) =>
    reply
      .header("cache-control", `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
      .type("application/json; charset=utf-8")
      .send(keys.publicJwks()),
  );
};
