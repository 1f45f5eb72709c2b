import { servingsOf } from "../history/check-live.ts";
import { reignsOf } from "../history/check-owners.ts";
import { entriesOf } from "../history/entries.ts";
import type { Allowances, History } from "../history/history.ts";
import { staysOf } from "../history/membership.ts";

/** Sends that a scenario has at least, and how many of them come to be acknowledged. */
const SENDS_MIN = 15;
const ACKNOWLEDGED_MIN = 0.5;

/** Why nothing was tried of what has to reach the same node while something is broken. */
export function unservedOf(history: History, { liveMs }: Allowances): string[] {
  if (liveMs === undefined || servingsOf(history, liveMs).length > 0) return [];
  return ["nobody was on the node of who wrote while something was broken"];
}

/** Why this run, whatever else is found, says little: hardly anybody wrote, or nobody came and went. */
export function hollowOf({ entries, rooms }: History, guestId: string | undefined): string[] {
  const sent = entriesOf(entries, "sent");
  const acknowledged = new Set(entriesOf(entries, "acknowledged").map(({ clientId }) => clientId));
  const stored = sent.filter(({ clientId }) => acknowledged.has(clientId)).length;
  const found: string[] = [];
  if (sent.length < SENDS_MIN) found.push(`only ${sent.length} messages were written`);
  if (stored < sent.length * ACKNOWLEDGED_MIN) {
    found.push(`only ${stored} of ${sent.length} messages were acknowledged`);
  }
  if (guestId === undefined) return found;
  const stays = rooms.flatMap((room) => staysOf(room).get(guestId) ?? []);
  if (!stays.some(({ untilSeq }) => Number.isFinite(untilSeq))) {
    found.push("the guest never came and left");
  }
  if (!rooms.some((room) => reignsOf(room).length > 1)) found.push("no owner ever left a room");
  return found;
}
