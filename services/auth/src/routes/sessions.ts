import { Failure, parse, uuid } from "@moim/protocol";
import { z } from "zod";
import { requireCaller } from "./caller.ts";
import type { Routes } from "./context.ts";

const sessionParameters = z.object({ id: uuid });

export const sessionRoutes: Routes = (app, context) => {
  const { sessions } = context;

  app.get("/api/auth/sessions", async (request) => {
    const caller = await requireCaller(request, context);
    const found = await sessions.list(caller.userId);
    return {
      sessions: found.map((session) => ({ ...session, current: session.id === caller.sessionId })),
    };
  });

  app.delete("/api/auth/sessions/:id", async (request, reply) => {
    const caller = await requireCaller(request, context);
    const { id } = parse(sessionParameters, request.params);
    const ended = await sessions.end(caller.userId, { which: "one", sessionId: id });
    // Nobody learns whether somebody else has a session of this id.
    if (ended === 0) throw new Failure("not_found", "there is no such session");
    return reply.code(204).send();
  });

  app.delete("/api/auth/sessions", async (request, reply) => {
    const caller = await requireCaller(request, context);
    await sessions.end(caller.userId, { which: "all-but", sessionId: caller.sessionId });
    return reply.code(204).send();
  });
};
