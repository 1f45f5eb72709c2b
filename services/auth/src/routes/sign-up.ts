import {
  nicknameAvailabilityQuery,
  parse,
  signUpRequest,
  verificationCodeRequest,
} from "@moim/protocol";
import { isNicknameTaken } from "../accounts/store.ts";
import { preferredLanguage } from "../mail/language.ts";
import { deviceOf } from "./caller.ts";
import type { Routes } from "./context.ts";
import { RATE_LIMITS } from "./rate-limits.ts";
import { requireKnownOrigin } from "./refresh-cookie.ts";
import { answerSession } from "./session-answer.ts";
import { sourceOf } from "./source.ts";

export const signUpRoutes: Routes = (app, context) => {
  const { accounts, config, database } = context;

  app.post("/api/auth/verification-codes", RATE_LIMITS.codes, async (request, reply) => {
    const { email } = parse(verificationCodeRequest, request.body);
    const language = preferredLanguage(request.headers["accept-language"]);
    const issued = await accounts.requestCode(email, sourceOf(request), language);
    return reply.code(202).send(issued);
  });

  app.get("/api/auth/nickname-availability", RATE_LIMITS.lookups, async (request) => {
    const { nickname } = parse(nicknameAvailabilityQuery, request.query);
    return { available: !(await isNicknameTaken(database, nickname)) };
  });

  app.post("/api/auth/sign-up", RATE_LIMITS.signUp, async (request, reply) => {
    requireKnownOrigin(request, config);
    const { tokenTransport, ...account } = parse(signUpRequest, request.body);
    const signedIn = await accounts.signUp(account, sourceOf(request), deviceOf(request));
    reply.code(201);
    return answerSession(app, reply, context, signedIn, tokenTransport);
  });
};
