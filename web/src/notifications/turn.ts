import { keep } from "../appearance/storage.ts";
import { inTurn } from "./in-turn.ts";
import { isLater, type Place, UNSAID } from "./later.ts";

const TOLD_KEY = "moim.told";
const ROOMS_KEPT_MAX = 100;

/** The message that was told last; when it was said, older versions of the page did not store. */
type ToldRoom = [roomId: string, seq: number, createdAt?: number];

/**
 * Whose turn it is among the tabs of this browser to tell of a message: the first that asks. Where
 * the browser has no locks, or brings what one tab has stored to another too late, notifications of one
 * room replace each other and are one all the same.
 */
export function isMyTurn(storage: Storage, roomId: string, place: Place): Promise<boolean> {
  return inTurn(TOLD_KEY, async () => take(storage, roomId, place));
}

/** Whether nobody has told of this room's message, or a later one; from now on somebody has. */
export function take(storage: Storage, roomId: string, { seq, createdAt }: Place): boolean {
  const isPassed = ([id, lastSeq, lastAt = UNSAID.createdAt]: ToldRoom) =>
    id === roomId && isLater({ seq, createdAt }, { seq: lastSeq, createdAt: lastAt });
  const told = toldRooms(storage).filter((room) => !isPassed(room));
  if (told.some(([id]) => id === roomId)) return false;
  const kept = [...told, [roomId, seq, createdAt]].slice(-ROOMS_KEPT_MAX);
  keep(storage, TOLD_KEY, JSON.stringify(kept));
  return true;
}

/** Which rooms somebody is in is nobody else's business. */
export function forgetTold(storage: Storage): void {
  storage.removeItem(TOLD_KEY);
}

function toldRooms(storage: Storage): ToldRoom[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(TOLD_KEY) ?? "[]");
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}
