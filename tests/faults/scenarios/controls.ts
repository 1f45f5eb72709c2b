import { ANNOUNCE_NOTHING, KEEP_TELLING_WHO_LEFT } from "../faults/fail-points.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Servers that are broken on purpose, by the test build's fail points: a suite that finds nothing wrong with
 * these would find nothing at all.
 */
export const CONTROLS: readonly Scenario[] = [
  {
    name: "control: announcements lost, and nobody looks for them",
    control: { failPoint: ANNOUNCE_NOTHING, finds: "gap" },
    loadMs: 2_500,
    settleMs: 1_500,
    schedule: () => [],
  },
  {
    name: "control: who left goes on hearing",
    control: { failPoint: KEEP_TELLING_WHO_LEFT, finds: "leak" },
    loadMs: 3_500,
    settleMs: 1_500,
    schedule: () => [],
  },
  {
    name: "control: an acknowledged message is taken out of the database",
    control: {
      finds: "lost",
      tamper: (database, roomId) =>
        database.query(
          `delete from chat.messages where room_id = $1 and seq =
             (select max(seq) from chat.messages where room_id = $1 and kind = 'text')`,
          [roomId],
        ),
    },
    loadMs: 2_000,
    settleMs: 1_500,
    schedule: () => [],
  },
];
