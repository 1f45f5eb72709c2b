/**
 * Whether a browser page of `origin` may talk to us. Programs that are no browser send no origin
 * and are told apart by their tokens; a browser always sends one on websockets and on POST.
 * Without a list, only pages of the host that was asked are allowed.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins: readonly string[] | undefined,
): boolean {
  if (origin === undefined) return true;
  if (allowedOrigins !== undefined) return allowedOrigins.includes(origin);
  return URL.canParse(origin) && new URL(origin).host === host;
}
