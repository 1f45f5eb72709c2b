import { Failure } from "@moim/protocol";
import type { FastifyRequest } from "fastify";
import type { Account } from "../accounts/account.ts";
import { verifyBearer } from "../keys/access-tokens.ts";
import { addressOf } from "../limits/source.ts";
import { preferredLanguage } from "../mail/language.ts";
import type { Device } from "../sessions/start-session.ts";
import type { Context } from "./context.ts";

export type Caller = { userId: string; sessionId: string };

/**
 * Whose access token came with the request. Unlike chat nodes, this service asks the database
 * whether the session was ended, so that a revocation counts here from the moment of its commit.
 */
async function requireCaller(request: FastifyRequest, context: Context): Promise<Caller> {
  const { sub, sid } = await verifyBearer(request, context.now());
  if (!(await context.sessions.isLive(sid))) {
    throw new Failure("session_revoked", "the session was ended; sign in again");
  }
  return { userId: sub, sessionId: sid };
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Options of a route that is for signed-in users: strangers are told so before anything else. */
export function withCaller(context: Context) {
  return {
    preValidation: async (request: FastifyRequest) => {
      callers.set(request, await requireCaller(request, context));
    },
  };
}

/** Who called a route that was declared `withCaller`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error("the route does not ask who calls");
  return caller;
}

/** A caller's account may have been deleted since the session was looked at. */
export function existing(account: Account | undefined): Account {
  if (account === undefined) throw new Failure("session_revoked", "the account is gone");
  return account;
}

const USER_AGENT_CHARACTERS_MAX = 300;

export function deviceOf(request: FastifyRequest): Device {
  const userAgent = (request.headers["user-agent"] ?? "").slice(0, USER_AGENT_CHARACTERS_MAX);
  const language = preferredLanguage(request.headers["accept-language"]);
  return { userAgent, ip: addressOf(request), language };
}
