import { createMoimClient, type MoimClient } from "@moim/client";
import { expect } from "vitest";
import { PATIENCE_MS } from "./patience.ts";
import { PASSWORD } from "./person.ts";

/** Somebody without a browser: the others in a conversation that one person looks at. */
export type Companion = { client: MoimClient; userId: string; nickname: string };

export async function companion(url: string, nickname: string, name: string): Promise<Companion> {
  const client = createMoimClient({ baseUrl: url, tokenTransport: "body" });
  await client.start();
  const email = `${nickname}@example.org`;
  const { id } = await client.signUp({ email, password: PASSWORD, nickname, name });
  await connected(client);
  return { client, userId: id, nickname };
}

export async function connected(client: MoimClient): Promise<void> {
  await expect.poll(() => client.connection.current.state, { timeout: PATIENCE_MS }).toBe("ready");
}

/** Says these lines one after the other; resolves when all of them are stored. */
export async function say(
  { client }: Companion,
  roomId: string,
  ...lines: readonly string[]
): Promise<void> {
  const room = client.openRoom(roomId);
  for (const line of lines) {
    const { clientId } = await room.send(line);
    const isStored = () =>
      room.timeline.current.items.some(
        (item) => item.kind === "message" && item.message.clientId === clientId,
      );
    await expect.poll(isStored, { timeout: PATIENCE_MS, interval: 10 }).toBe(true);
  }
  room.close();
}
