import { keep } from "../appearance/storage.ts";
import { inTurn } from "./in-turn.ts";

const TOLD_KEY = "moim.told";
const ROOMS_KEPT_MAX = 100;

/**
 * Whose turn it is among the tabs of this browser to tell of a message: the first that asks. Where
 * the browser has no locks, or brings what one tab has stored to another too late, notifications of one
 * room replace each other and are one all the same.
 */
export function isMyTurn(storage: Storage, roomId: string, seq: number): Promise<boolean> {
  return inTurn(TOLD_KEY, async () => take(storage, roomId, seq));
}

/** Whether nobody has told of this room's message, or a later one; from now on somebody has. */
export function take(storage: Storage, roomId: string, seq: number): boolean {
  const told = toldRooms(storage).filter(([id, last]) => id !== roomId || last >= seq);
  if (told.some(([id]) => id === roomId)) return false;
  keep(storage, TOLD_KEY, JSON.stringify([...told, [roomId, seq]].slice(-ROOMS_KEPT_MAX)));
  return true;
}

/** Which rooms somebody is in is nobody else's business. */
export function forgetTold(storage: Storage): void {
  storage.removeItem(TOLD_KEY);
}

function toldRooms(storage: Storage): [string, number][] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(TOLD_KEY) ?? "[]");
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}
