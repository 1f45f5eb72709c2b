import type { IncomingHttpHeaders } from "node:http";

type Asking = Pick<IncomingHttpHeaders, "host" | "origin" | "sec-fetch-site">;

/**
 * Whether a browser page that sends these headers may talk to us. Programs that are no browser send no
 * origin and are told apart by their tokens; a browser always sends one on websockets and on POST, and
 * should one ever not, it still says whether the page is of another site. Without a list, only pages of
 * the host that was asked are allowed.
 */
export function isAllowedOrigin(
  { host, origin, "sec-fetch-site": site }: Asking,
  allowedOrigins: readonly string[] | undefined,
): boolean {
  if (origin === undefined) return site !== "cross-site" && site !== "same-site";
  if (allowedOrigins !== undefined) return allowedOrigins.includes(origin);
  return URL.canParse(origin) && new URL(origin).host === host;
}
