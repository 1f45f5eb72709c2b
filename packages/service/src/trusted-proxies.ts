import { isIP } from "node:net";
import { z } from "zod";

const RANGES = new Set(["loopback", "linklocal", "uniquelocal"]);

/**
 * Whose word on where a request comes from is taken: addresses, networks (`10.0.0.0/8`) and the
 * names of ranges, separated by commas or spaces; `none` for nobody's.
 */
export const proxyList = z
  .string()
  .transform((text) => (text === "none" ? [] : text.trim().split(/[\s,]+/)))
  .refine(
    (entries) => entries.every((entry) => RANGES.has(entry) || isNetwork(entry)),
    "must list addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal, or be none",
  );

function isNetwork(entry: string): boolean {
  const [address = "", bits, ...more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}
