import type { Message } from "@moim/protocol";
import { entriesOf, groupBy } from "./entries.ts";
import type { History, Violation } from "./history.ts";

const QUOTED_CHARACTERS = 40;

/** What is stored is, to the letter, what its author wrote, in the composer and over the wire; edited, what was asked for. */
export function findAltered({ entries, rooms }: History): Violation[] {
  const written = writtenIn(entries);
  const edits = groupBy(
    entriesOf(entries, "asked").filter(({ event }) => event === "message:edit"),
    ({ userId, roomId, seq }) => `${userId} ${roomId} ${seq}`,
  );
  return rooms.flatMap(({ roomId, messages }) =>
    messages.flatMap((message): Violation[] => {
      const { senderId, clientId, seq, text, editedAt } = message;
      if (clientId === null || text === null) return [];
      const wanted =
        editedAt === null
          ? written.get(ofAuthor({ userId: senderId, clientId }))
          : edits.get(`${senderId} ${roomId} ${seq}`);
      return isWanted(message, wanted) ? [] : [altered(message, wanted?.[0]?.text)];
    }),
  );
}

/** What answers another message answers, edited and erased as well, the one that its author answered. */
export function findAnsweringOthers({ entries, rooms }: History): Violation[] {
  const written = writtenIn(entries);
  return rooms.flatMap(({ roomId, messages }) =>
    messages.flatMap(({ senderId, clientId, seq, replyTo }): Violation[] => {
      if (clientId === null) return [];
      const wanted = written.get(ofAuthor({ userId: senderId, clientId })) ?? [];
      const other = wanted.find((one) => (one.replyTo ?? null) !== replyTo);
      if (!other) return [];
      const what = `stored as ${answering(replyTo)}, and written as ${answering(other.replyTo)}`;
      return [{ rule: "lost", roomId, seq, clientId, what }];
    }),
  );
}

type Written = { text?: string | undefined; replyTo?: number | null | undefined };

/** By author and `clientId`: in the composer, and whenever it was sent. */
function writtenIn(entries: History["entries"]): Map<string, Written[]> {
  const sends = entriesOf(entries, "asked").filter(({ event }) => event === "message:send");
  return groupBy([...entriesOf(entries, "sent"), ...sends], ofAuthor);
}

/** Of what was sent, each says the same; of some edits the last one that was taken is not known. */
function isWanted({ text, editedAt }: Message, wanted: readonly Written[] | undefined): boolean {
  // Nobody here wrote it: nothing is known of it.
  if (wanted === undefined) return editedAt === null;
  const isSame = (one: Written) => one.text === text;
  return editedAt === null ? wanted.every(isSame) : wanted.some(isSame);
}

function altered({ roomId, seq, clientId, text }: Message, wanted: string | undefined): Violation {
  const what = `stored as ${quoted(text)}, and ${quoted(wanted)} was written`;
  return { rule: "lost", roomId, seq, clientId: clientId ?? "", what };
}

function answering(place: number | null | undefined): string {
  return place == null ? "no answer" : `an answer to ${place}`;
}

function ofAuthor({ userId, clientId }: { userId: string; clientId?: string | undefined }): string {
  return `${userId} ${clientId}`;
}

function quoted(text: string | null | undefined): string {
  return text == null ? "nothing" : `"${text.slice(0, QUOTED_CHARACTERS)}"`;
}
