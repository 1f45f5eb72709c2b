import type { Entry, History, Violation } from "../history/history.ts";

const LINES_MAX = 60;
/** What was done to the servers so long before and after is told along with it. */
const AROUND_MS = 6_000;

/** What happened to the message that a violation speaks of, line by line, for people. */
export function timeLineOf({ entries, rooms }: History, violation: Violation): string[] {
  const room = rooms.find(({ roomId }) => roomId === violation.roomId);
  const row = room?.messages.find(
    ({ seq, clientId }) =>
      seq === violation.seq || (clientId !== null && clientId === violation.clientId),
  );
  const subject = {
    roomId: violation.roomId,
    seq: violation.seq ?? row?.seq,
    clientId: violation.clientId ?? row?.clientId ?? undefined,
    client: violation.client,
  };
  const own = entries.filter((entry) => concerns(entry, subject));
  const known = [row?.createdAt, violation.at].flatMap((at) => (at === undefined ? [] : [at]));
  const times = [...own.map(({ at }) => at), ...known];
  // What is wrong in the end has no time of its own: then all of it is told.
  const from = times.length > 0 ? Math.min(...times) - AROUND_MS : Number.NEGATIVE_INFINITY;
  const until = times.length > 0 ? Math.max(...times) + AROUND_MS : Number.POSITIVE_INFINITY;
  const around = entries.filter(
    (entry) => isContext(entry, subject) && entry.at > from && entry.at < until,
  );
  const lines = [...own, ...around].map((entry) => ({ at: entry.at, text: tell(entry) }));
  if (row)
    lines.push({ at: row.createdAt, text: `COMMITTED as seq ${row.seq} (now rev ${row.rev})` });
  if (violation.at !== undefined) lines.push({ at: violation.at, text: `!!! ${violation.what}` });
  const begin = Math.min(...lines.map(({ at }) => at));
  const sorted = lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${`+${at - begin}`.padStart(8)} ms  ${text}`);
  return shortened(sorted, times.length === 0);
}

/** What is wrong in the end comes of what was last. */
function shortened(lines: readonly string[], isOfTheEnd: boolean): string[] {
  const left = lines.length - LINES_MAX;
  if (left <= 0) return [...lines];
  return isOfTheEnd
    ? [`  … after ${left} lines more`, ...lines.slice(-LINES_MAX)]
    : [...lines.slice(0, LINES_MAX), `  … and ${left} lines more`];
}

/** Of what a client is told beside messages, what explains why it is told them, or why not. */
const TOLD: ReadonlySet<string> = new Set([
  ...["left", "room:added", "room:removed", "room:head", "resync"],
  ...["token:expired", "session:closed"],
]);

/** What is asked of a room, or of all, to know what its list entry says. */
const READ_BY_LISTS: ReadonlySet<string> = new Set(["room:list", "room:get", "room:read"]);

type Subject = {
  roomId: string | undefined;
  seq: number | undefined;
  clientId: string | undefined;
  client: string | undefined;
};

function concerns(entry: Entry, { roomId, seq, clientId }: Subject): boolean {
  if (!("roomId" in entry) || entry.roomId !== roomId) return false;
  switch (entry.kind) {
    case "sent":
    case "acknowledged":
      return entry.clientId === clientId;
    case "arrived":
      return entry.message.seq === seq;
    case "shown":
      return entry.seq === seq;
    default:
      return false;
  }
}

/** Faults, and what became of the connections of the client in question. */
function isContext(entry: Entry, { client, roomId, seq }: Subject): boolean {
  if (entry.kind === "fault" || entry.kind === "session ended") return true;
  if (entry.kind === "asked" || entry.kind === "answered") {
    const isOfRoom = entry.roomId === undefined || entry.roomId === roomId;
    const isOfList = seq === undefined && READ_BY_LISTS.has(entry.event) && isOfRoom;
    return isOfList && entry.client === client;
  }
  if (entry.kind === "signal" || entry.kind === "left") {
    return entry.client === client && TOLD.has(entry.kind === "left" ? "left" : entry.name);
  }
  const isConnection = entry.kind === "ready" || entry.kind === "closed" || entry.kind === "token";
  return isConnection && entry.client === client;
}

function tell(entry: Entry): string {
  switch (entry.kind) {
    case "sent":
      return `${entry.client} writes it (${entry.clientId})`;
    case "acknowledged":
      return `${entry.client} hears that it is stored as seq ${entry.seq}${entry.duplicate ? ", again" : ""}`;
    case "arrived":
      return `${entry.client} is ${entry.path} rev ${entry.message.rev} (socket ${entry.socket})`;
    case "shown":
      return `it stands on the screen of ${entry.client}`;
    case "token":
      return `${entry.client}: a token until ${new Date(entry.expiresAt).toISOString()} (socket ${entry.socket})`;
    case "ready":
      return `${entry.client}: connected to ${entry.nodeId} (socket ${entry.socket})`;
    case "signal":
      return `${entry.client} is told ${entry.name}${entry.rev === undefined ? "" : ` as of rev ${entry.rev}`} (socket ${entry.socket})`;
    case "asked":
      return `${entry.client} asks ${entry.event} (socket ${entry.socket})`;
    case "answered":
      return `${entry.client} is answered ${entry.event}: ${entry.outcome} (socket ${entry.socket})`;
    case "struck":
      return `*** ${entry.fault}, until ${entry.until - entry.at} ms later`;
    case "left":
      return `${entry.client} hears that it has left the room (socket ${entry.socket})`;
    case "closed":
      return `${entry.client}: connection gone (socket ${entry.socket})`;
    case "session ended":
      return `session ${entry.sessionId} has ended`;
    case "misshown":
      return `${entry.client}: ${entry.what}`;
    case "fault":
      return `*** ${entry.what}`;
  }
}
