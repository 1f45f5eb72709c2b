import type { EntryOf, SignalName } from "./history.ts";
import { SIGNALS } from "./history.ts";

type Body = Record<string, unknown>;
type Told = Pick<EntryOf<"signal">, "name" | "roomId" | "about" | "rev" | "seq">;

const NAMES: ReadonlySet<string> = new Set(SIGNALS);

export function isSignal(name: string): name is SignalName {
  return NAMES.has(name);
}

/** What a server event says of a room or of somebody, beside messages. */
export function signalOf(name: SignalName, body: Body): Told {
  switch (name) {
    case "room:added":
    case "room:changed": {
      const { id, rev } = body.room as { id: string; rev: number };
      return { name, roomId: id, rev };
    }
    case "room:read":
      return { name, ...roomOf(body), about: String(body.userId), seq: Number(body.seq) };
    case "room:typing":
      return { name, ...roomOf(body), about: String(body.userId) };
    case "room:head":
      return { name, ...roomOf(body), rev: Number(body.rev) };
    case "room:removed":
      return { name, ...roomOf(body) };
    case "presence:changed":
      return { name, about: String(body.userId) };
    default:
      return { name };
  }
}

function roomOf({ roomId }: Body): { roomId: string } {
  return { roomId: String(roomId) };
}
