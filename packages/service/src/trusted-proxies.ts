import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddress from "@fastify/proxy-addr";
import { z } from "zod";

const RANGES = new Set(["loopback", "linklocal", "uniquelocal"]);

/**
 * Whose word on where a request comes from is taken: addresses, networks (`10.0.0.0/8`) and the
 * names of ranges, separated by commas or spaces; `none` for nobody's.
 */
const proxyList = z
  .string()
  .transform((text) => (text === "none" ? [] : text.trim().split(/[\s,]+/)))
  .refine(
    (entries) => entries.every((entry) => RANGES.has(entry) || isNetwork(entry)),
    "must list addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal, or be none",
  );

/** Unset: whoever is on the same machine or on a private network, as containers are. */
export const trustedProxies = proxyList.default([...RANGES]);

/**
 * Tells where a request comes from: the last address that its proxies name and that is none of theirs.
 * What anybody else claims is ignored, and so is what is no address.
 */
export function addressTeller(trusted: readonly string[]): (request: IncomingMessage) => string {
  // An empty list would trust everybody's claims.
  const isTrusted = trusted.length === 0 ? () => false : proxyAddress.compile([...trusted]);
  return (request) => {
    const told = proxyAddress(request, isTrusted);
    return isIP(told) === 0 ? (request.socket.remoteAddress ?? "") : told;
  };
}

function isNetwork(entry: string): boolean {
  const [address = "", bits, ...more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}
