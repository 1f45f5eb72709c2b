import { reignsOf } from "../history/check-owners.ts";
import { entriesOf } from "../history/entries.ts";
import type { History } from "../history/history.ts";
import { staysOf } from "../history/membership.ts";

/** Sends that a scenario has at least, and how many of them come to be acknowledged. */
const SENDS_MIN = 15;
const ACKNOWLEDGED_MIN = 0.5;

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
