import { Failure, sessionsAnswer, uuid } from "@moim/protocol";
import { z } from "zod";
import { audit } from "./audit.ts";
import { callerOf, withCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { BEARER, describe, NOTHING } from "./describe.ts";

const list = describe({
  ...BEARER,
  chapter: "session",
  summary: "One's own sessions, the one used last first",
  answers: { 200: sessionsAnswer },
});

const endOne = describe({
  ...BEARER,
  chapter: "session",
  summary: "End one of one's own sessions",
  params: z.object({ id: uuid }),
  answers: { 204: NOTHING },
});

const endOthers = describe({
  ...BEARER,
  chapter: "session",
  summary: "End all of one's sessions but this one",
  answers: { 204: NOTHING },
});

export const sessionRoutes: Routes = (app, context) => {
  const { sessions } = context;
  const forCallers = withCaller(context);

  app.get("/api/auth/sessions", { ...forCallers, schema: list }, async (request) => {
    const caller = callerOf(request);
    const found = await sessions.list(caller.userId);
    return {
      sessions: found.map((session) => ({ ...session, current: session.id === caller.sessionId })),
    };
  });

  app.delete(
    "/api/auth/sessions/:id",
    { ...forCallers, schema: endOne },
    async (request, reply) => {
      const one = { which: "one", sessionId: request.params.id } as const;
      const { userId } = callerOf(request);
      const ended = await sessions.end(userId, one);
      // Nobody learns whether somebody else has a session of this id.
      if (ended === 0) throw new Failure("not_found", "there is no such session");
      audit(request, "sessions_ended", { userId, sessionId: one.sessionId });
      return reply.code(204).send();
    },
  );

  app.delete("/api/auth/sessions", { ...forCallers, schema: endOthers }, async (request, reply) => {
    const { userId, sessionId } = callerOf(request);
    await sessions.end(userId, { which: "all-but", sessionId });
    audit(request, "sessions_ended", { userId });
    return reply.code(204).send();
  });
};
