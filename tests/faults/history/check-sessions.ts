import type { Message } from "@moim/protocol";
import { entriesOf, groupBy } from "./entries.ts";
import type { Allowances, EntryOf, History, Violation } from "./history.ts";

/**
 * A socket is told nothing that was committed after its token ran out, or after its session ended. What was
 * committed before may have been on its way for long.
 */
export function findToldAfterTheEnd(
  history: History,
  { expiryMs, revocationMs }: Pick<Allowances, "expiryMs" | "revocationMs">,
): Violation[] {
  const { entries } = history;
  const committedAt = committedBy(history);
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
  { expiryMs, revocationMs }: Pick<Allowances, "expiryMs" | "revocationMs">,
): string | undefined {
  const afterExpiryMs = committed - token.expiresAt;
  if (afterExpiryMs > expiryMs) return `${afterExpiryMs} ms after the token had run out`;
  const endedAt = endings.get(token.sessionId);
  if (endedAt === undefined || committed - endedAt <= revocationMs) return undefined;
  return `${committed - endedAt} ms after the session had ended`;
}

/** When each state was committed, as the database itself noted; for what it does not know, as the message says. */
function committedBy({ rooms }: History): (message: Message) => number {
  const times = new Map(
    rooms.flatMap(({ roomId, commits }) =>
      commits.map(({ rev, at }) => [`${roomId} ${rev}`, at] as const),
    ),
  );
  return ({ roomId, rev, createdAt, editedAt, deletedAt }) =>
    times.get(`${roomId} ${rev}`) ?? Math.max(createdAt, editedAt ?? 0, deletedAt ?? 0);
}
