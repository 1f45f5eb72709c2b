import type { CookieSerializeOptions } from "@fastify/cookie";
import { Failure } from "@moim/protocol";
import { isAllowedOrigin } from "@moim/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthConfig } from "../config.ts";

const REFRESH_COOKIE = "moim_refresh";

export function readRefreshCookie(request: FastifyRequest): string | undefined {
  return request.cookies[REFRESH_COOKIE];
}

export function setRefreshCookie(
  reply: FastifyReply,
  config: AuthConfig,
  refreshToken: string,
  maxAgeMs: number,
): void {
  reply.setCookie(REFRESH_COOKIE, refreshToken, {
    ...attributes(config),
    maxAge: Math.max(0, Math.ceil(maxAgeMs / 1000)),
  });
}

export function clearRefreshCookie(reply: FastifyReply, config: AuthConfig): void {
  reply.clearCookie(REFRESH_COOKIE, attributes(config));
}

function attributes(config: AuthConfig): CookieSerializeOptions {
  const isPlainHttp =
    config.publicUrl !== undefined && new URL(config.publicUrl).protocol === "http:";
  return { httpOnly: true, sameSite: "strict", path: "/api/auth", secure: !isPlainHttp };
}

/**
 * Options of routes that read or set the cookie. Besides SameSite: a page of a stranger neither uses
 * somebody's session nor signs somebody in to an account of its own.
 */
export function fromKnownOrigin(config: AuthConfig) {
  return {
    preValidation: async (request: FastifyRequest) => requireKnownOrigin(request, config),
  };
}

function requireKnownOrigin(request: FastifyRequest, config: AuthConfig): void {
  const { headers } = request;
  if (isAllowedOrigin(headers, config.allowedOrigins)) return;
  if (config.publicUrl !== undefined && new URL(config.publicUrl).origin === headers.origin) return;
  throw new Failure("forbidden", "pages of this origin may not use sessions here");
}
