import { randomUUID } from "node:crypto";
import { type Answer, type DataOf, LIMITS } from "@moim/protocol";
import type { TestClient } from "./client.ts";

type Sent = Answer<DataOf<"message:send">>;

/** All at once, without waiting for answers. */
export function sendMany(client: TestClient, roomId: string, count: number): Promise<Sent>[] {
  return Array.from({ length: count }, (_, index) =>
    client.ask("message:send", { roomId, clientId: randomUUID(), text: `n${index}` }),
  );
}

/**
 * So many of each, all at once; resolves to the texts that are stored for certain. The others the database of a busy
 * machine did not answer in time.
 */
export async function talkAtOnce(
  clients: readonly TestClient[],
  roomId: string,
  each: number,
): Promise<string[]> {
  const said = clients.flatMap((client, who) =>
    Array.from({ length: each }, async (_, index) => {
      const text = `${who} ${index}`;
      const answer = await client.ask("message:send", { roomId, clientId: randomUUID(), text });
      if (answer.ok) return [text];
      if (answer.error.code !== "unavailable") throw new Error(answer.error.code);
      return [];
    }),
  );
  return (await Promise.all(said)).flat();
}

/**
 * What became of so many sends of one user on each of these sockets, and how many more were stored than one
 * bucket grants that all of `nodes` share. A node that a busy machine kept from hearing the bucket's answer for
 * 100 ms decides by itself for a second: then there may be some, once.
 */
export async function flood(
  devices: readonly TestClient[],
  { roomId, each, nodes }: { roomId: string; each: number; nodes: number },
): Promise<{ answers: Sent[]; stored: number; excess: number }> {
  const startedAt = Date.now();
  const sends = devices.flatMap((device) => sendMany(device, roomId, each));
  const answers = await Promise.all(sends);
  const gained = Math.ceil(((Date.now() - startedAt) / 1_000) * LIMITS.sendsPerSecond);
  const stored = answers.filter((answer) => answer.ok).length;
  // One send of each node may have gone ahead of its charge; it is owed, not given.
  const granted = LIMITS.sendsBurst + gained + nodes;
  // After so long a bucket for each node would have granted no more: that proves nothing.
  const isProof = granted < nodes * LIMITS.sendsBurst;
  return { answers, stored, excess: isProof ? stored - granted : Number.POSITIVE_INFINITY };
}

/** Between two floods: a node that decides by itself does so no longer. */
export const FLOOD_INTERVAL_MS = 1_100;
