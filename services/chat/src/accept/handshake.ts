import type { IncomingMessage } from "node:http";
import { type AccessTokenClaims, Failure } from "@moim/protocol";
import type { TokenVerifier } from "@moim/service";
import type { Socket } from "socket.io";
import type { RevokedSessions } from "./revoked-sessions.ts";

export type Admitted = { claims: AccessTokenClaims; token: string };

/** Checks the handshake's `auth.token`. Rejects with the `Failure` that refuses the socket. */
export async function admit(
  socket: Socket,
  verifier: Pick<TokenVerifier, "verify">,
  revoked: RevokedSessions,
): Promise<Admitted> {
  const token: unknown = socket.handshake.auth.token;
  if (typeof token !== "string" || token === "") {
    throw new Failure("token_invalid", "auth.token is missing");
  }
  const claims = await verifier.verify(token);
  if (revoked.has(claims.sid)) throw new Failure("session_revoked", "the session has been ended");
  return { claims, token };
}

/** The error that Socket.IO turns into `connect_error` with `data` = `{code, message, retryable}`. */
export function refusal(failure: Failure): Error & { data: unknown } {
  return Object.assign(new Error(failure.message), { data: failure.toBody() });
}

/**
 * Where a socket's connection comes from: what `tell` says of the request that brought it, and once that is
 * forgotten, by the connection's first socket, what it said then.
 */
export function addressOfSocket(
  { conn }: Pick<Socket, "conn">,
  tell: (request: IncomingMessage) => string,
): string {
  const request = conn.request as IncomingMessage | null;
  return request === null ? conn.remoteAddress : tell(request);
}

const NOTHING = Object.freeze({});

/**
 * Once it has been let in, a socket needs nothing of the request that brought it, and Socket.IO asks for it no
 * more. Kept, the request with its headers would be a good part of what an idle connection holds. What is kept is
 * its `address`, where engine.io has the proxy's: a connection may bring more sockets.
 */
export function forgetHandshake(socket: Socket, address: string): void {
  socket.data = NOTHING;
  Object.assign(socket, { handshake: NOTHING });
  Object.assign(socket.conn, { request: null, remoteAddress: address });
}
