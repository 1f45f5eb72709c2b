import { isIP } from "node:net";
import { normalizeIP } from "@fastify/rate-limit";
import type { FastifyRequest } from "fastify";

/**
 * Where a request comes from, for counting: the network address, as far as trusted proxies tell it.
 * Of IPv6 the /64, because whoever has one address has all of them.
 */
export function sourceOf(request: FastifyRequest): string {
  return networkOf(addressOf(request));
}

export function networkOf(address: string): string {
  return normalizeIP(address);
}

/** Should a proxy ever pass on what is no address, then the proxy is all that is known. */
export function addressOf(request: FastifyRequest): string {
  return isIP(request.ip) === 0 ? (request.socket.remoteAddress ?? "") : request.ip;
}
