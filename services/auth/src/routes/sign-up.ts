import {
  nicknameAvailabilityAnswer,
  nicknameAvailabilityQuery,
  session,
  signUpRequest,
  verificationCodeAnswer,
  verificationCodeRequest,
} from "@moim/protocol";
import { isNicknameTaken } from "../accounts/store.ts";
import { RATE_LIMITS } from "../limits/rate-limits.ts";
import { sourceOf } from "../limits/source.ts";
import { preferredLanguage } from "../mail/language.ts";
import { audit } from "./audit.ts";
import { deviceOf } from "./caller.ts";
import type { Routes } from "./context.ts";
import { describe } from "./describe.ts";
import { fromKnownOrigin } from "./refresh-cookie.ts";
import { answerSession } from "./session-answer.ts";

const requestCode = describe({
  chapter: "account",
  summary: "Mail a code by which an address is proven",
  description:
    "The answer is the same for an address that has an account; its owner gets another mail.",
  body: verificationCodeRequest,
  answers: { 202: verificationCodeAnswer },
});

const askForNickname = describe({
  chapter: "account",
  summary: "Whether a nickname is free",
  querystring: nicknameAvailabilityQuery,
  answers: { 200: nicknameAvailabilityAnswer },
});

const signUp = describe({
  chapter: "account",
  summary: "Make an account and its first session",
  description:
    "`code` is needed unless the service runs with EMAIL_VERIFICATION=off. A password that is among the " +
    "50,000 most common ones is `bad_request`, though it keep the rule (`P@ssw0rd`).",
  body: signUpRequest,
  answers: { 201: session },
});

export const signUpRoutes: Routes = (app, context) => {
  const { accounts, config, database } = context;

  app.post(
    "/api/auth/verification-codes",
    { ...RATE_LIMITS.codes, schema: requestCode },
    async (request, reply) => {
      const { email } = request.body;
      const language = preferredLanguage(request.headers["accept-language"]);
      const issued = await accounts.requestCode(email, sourceOf(request), language);
      return reply.code(202).send(issued);
    },
  );

  app.get(
    "/api/auth/nickname-availability",
    { ...RATE_LIMITS.lookups, schema: askForNickname },
    async (request) => ({ available: !(await isNicknameTaken(database, request.query.nickname)) }),
  );

  app.post(
    "/api/auth/sign-up",
    { ...RATE_LIMITS.signUp, ...fromKnownOrigin(config), schema: signUp },
    async (request, reply) => {
      const { tokenTransport, ...wanted } = request.body;
      const signedIn = await accounts.signUp(wanted, sourceOf(request), deviceOf(request));
      const { account, grant } = signedIn;
      audit(request, "signed_up", { userId: account.id, sessionId: grant.sessionId });
      reply.code(201);
      return answerSession(reply, context, signedIn, tokenTransport);
    },
  );
};
