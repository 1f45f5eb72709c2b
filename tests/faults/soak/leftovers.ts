import type { Client } from "pg";
import { ask } from "../workload/truth.ts";
import { askRedis } from "./sample.ts";

/** The longest window in which anything is counted. */
const KEY_TTL_MAX_MS = 3_600_000;

/** What must not be there once everybody has gone and the sweeps have been: what it is, and which. */
const FORBIDDEN: readonly (readonly [what: string, query: string])[] = [
  [
    "messages of no room",
    "SELECT FROM chat.messages WHERE NOT EXISTS (SELECT FROM chat.rooms WHERE id = room_id)",
  ],
  [
    "rooms that nobody is in",
    "SELECT FROM chat.rooms WHERE NOT EXISTS (SELECT FROM chat.members WHERE room_id = id)",
  ],
  [
    // Kept for ten minutes, looked for every minute.
    "changes of membership that nobody asks for any more",
    "SELECT FROM chat.membership_changes WHERE changed_at < now() - interval '12 minutes'",
  ],
  [
    "transactions that nobody ends",
    `SELECT FROM pg_stat_activity
     WHERE state LIKE 'idle in transaction%' AND state_change < now() - interval '5 seconds'`,
  ],
];

/** What has been left behind although it should be gone by now, a line each; nobody may be connected. */
export async function leftovers(postgresUrl: string, redisPort: number): Promise<string[]> {
  const found = await ask(postgresUrl, async (client: Client) => {
    const lines: string[] = [];
    for (const [what, query] of FORBIDDEN) {
      const { rowCount } = await client.query(query);
      if (rowCount !== 0) lines.push(`${rowCount} ${what}`);
    }
    return lines;
  });
  const endless = await endlessKeys(redisPort);
  return endless === "" ? found : [...found, `keys in Redis without an end: ${endless}`];
}

const ENDLESS = [
  "local found = {}",
  "for _, key in ipairs(redis.call('KEYS', '*')) do",
  "local ttl = redis.call('PTTL', key)",
  `if ttl == -1 or ttl > ${KEY_TTL_MAX_MS} then found[#found + 1] = key end`,
  "end",
  "table.sort(found)",
  "return table.concat(found, ' ')",
].join(" ");

async function endlessKeys(port: number): Promise<string> {
  const answer = await askRedis(port, `EVAL "${ENDLESS}" 0`);
  const keys = /^\$\d+\r\n(.*)\r\n$/.exec(answer)?.[1];
  if (keys === undefined) throw new Error(`Redis answered ${answer}`);
  return keys;
}
