import { entriesOf, groupBy } from "./entries.ts";
import type { Allowances, EntryOf, History, Violation } from "./history.ts";

/**
 * A socket is told nothing that was committed after its token ran out, or after its session ended. What was
 * committed before may have been on its way for long.
 */
export function findToldAfterTheEnd(
  { entries }: History,
  { expiryMs, revocationMs }: Allowances,
): Violation[] {
  const tokens = groupBy(entriesOf(entries, "token"), ({ socket }) => socket);
  const endings = new Map(
    entriesOf(entries, "session ended").map(({ sessionId, at }) => [sessionId, at]),
  );
  const found: Violation[] = [];
  for (const { at, client, socket, roomId, path, message } of entriesOf(entries, "arrived")) {
    if (path !== "told") continue;
    const token = tokens.get(socket)?.findLast((given) => given.at <= at);
    if (!token) continue;
    const tooLate = whyTooLate(committedAt(message), token, endings, { expiryMs, revocationMs });
    if (!tooLate) continue;
    const what = `${message.seq} (rev ${message.rev}) was told ${tooLate}`;
    found.push({ rule: "leak", roomId, seq: message.seq, client, what });
  }
  return found;
}

function whyTooLate(
  committed: number,
  token: EntryOf<"token">,
  endings: ReadonlyMap<string, number>,
  { expiryMs, revocationMs }: Allowances,
): string | undefined {
  const afterExpiryMs = committed - token.expiresAt;
  if (afterExpiryMs > expiryMs) return `${afterExpiryMs} ms after the token had run out`;
  const endedAt = endings.get(token.sessionId);
  if (endedAt === undefined || committed - endedAt <= revocationMs) return undefined;
  return `${committed - endedAt} ms after the session had ended`;
}

/** Of the state's own change: an old message is told again when it is edited. */
function committedAt({
  createdAt,
  editedAt,
  deletedAt,
}: {
  createdAt: number;
  editedAt: number | null;
  deletedAt: number | null;
}): number {
  return Math.max(createdAt, editedAt ?? 0, deletedAt ?? 0);
}
