import {
  ANNOUNCE_NOTHING,
  FORGET_EXPIRY,
  KEEP_TELLING_WHO_LEFT,
  LOOK_FOR_NOTHING,
  REFUSE_SOME_SENDS,
  STORE_OTHER_WORDS,
  TELL_OUT_OF_ORDER,
} from "../faults/fail-points.ts";
import type { Scenario } from "./scenario.ts";
import { SILENCE } from "./silences.ts";

const BRIEF = { settleMs: 1_500, schedule: () => [] };
const ALLOWANCES = { signalMs: 1_500, unheededMs: 0 };

/**
 * Servers that are broken on purpose, by the test build's fail points: a suite that finds nothing wrong with
 * these would find nothing at all.
 */
export const CONTROLS: readonly Scenario[] = [
  {
    name: "control: announcements lost, and nobody looks for them",
    control: { failPoints: [LOOK_FOR_NOTHING], finds: "late", says: [/was heard of never/] },
    ...SILENCE,
    silence: { failPoints: [ANNOUNCE_NOTHING], lastsMs: SILENCE.silence.lastsMs },
    settleMs: 0,
    schedule: () => [],
  },
  {
    name: "control: who left goes on hearing",
    control: {
      failPoints: [KEEP_TELLING_WHO_LEFT],
      finds: "leak",
      says: [/^\d+ \(rev \d+\) was told/, /^room:typing/, /^room:changed/],
    },
    ...BRIEF,
    loadMs: 7_000,
    allowances: ALLOWANCES,
  },
  {
    name: "control: whose token has run out goes on hearing and writing",
    control: {
      failPoints: [FORGET_EXPIRY],
      finds: "leak",
      says: [/after the token had run out/, /^message:send was answered though asked after/],
    },
    ...BRIEF,
    expiringSeconds: [4],
    loadMs: 6_500,
    allowances: ALLOWANCES,
  },
  {
    name: "control: some sends of members are refused",
    control: {
      failPoints: [REFUSE_SOME_SENDS],
      finds: "unserved",
      says: [/^a send was answered not_found/],
    },
    ...BRIEF,
    loadMs: 2_500,
  },
  {
    name: "control: some texts and answers are stored otherwise than they were written",
    control: {
      failPoints: [STORE_OTHER_WORDS],
      finds: "lost",
      says: [/^stored as ".", and/, /^stored as an answer to 1, and written as an answer to \d+$/],
    },
    ...BRIEF,
    loadMs: 2_500,
  },
  {
    name: "control: changes of a room overtake each other",
    control: {
      failPoints: [TELL_OUT_OF_ORDER],
      finds: "order",
      says: [/^rev \d+ was told after rev \d+, and nothing had said that it is missing$/],
    },
    ...BRIEF,
    loadMs: 4_000,
  },
  {
    name: "control: an acknowledged message and a group's owner are taken out of the database",
    control: {
      failPoints: [],
      finds: "lost",
      says: [/^acknowledged as \d+, not stored$/, /^nobody owns the group$/],
      async tamper(database, roomId) {
        await database.query(
          `delete from chat.messages where room_id = $1 and seq =
             (select max(seq) from chat.messages where room_id = $1 and kind = 'text')`,
          [roomId],
        );
        await database.query("update chat.members set role = 'member' where room_id = $1", [
          roomId,
        ]);
      },
    },
    ...BRIEF,
    loadMs: 2_000,
  },
];
