const SHOWN_MAX = 99;

/** The server counts to 100 and stops. */
export function pillText(unread: number): string {
  return unread > SHOWN_MAX ? `${SHOWN_MAX}+` : String(unread);
}
