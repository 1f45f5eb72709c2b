import { randomUUID } from "node:crypto";
import {
  createMoimClient,
  type MoimClient,
  type MoimClientOptions,
  type Readable,
} from "@moim/client";

export const PASSWORD = "correct-horse-1";
const PATIENCE_MS = 60_000;

export type Member = {
  readonly client: MoimClient;
  readonly userId: string;
  readonly nickname: string;
};

/** Signed up and connected, with the client that the web app uses too. */
export async function newMember(baseUrl: string, options: MoimClientOptions = {}): Promise<Member> {
  const client = createMoimClient({ baseUrl, tokenTransport: "body", ...options });
  await client.start();
  const nickname = `u${randomUUID().replaceAll("-", "").slice(0, 11)}`;
  const me = await client.signUp({
    email: `${nickname}@example.org`,
    password: PASSWORD,
    nickname,
    name: "Somebody",
  });
  await until(client.connection, ({ state }) => state === "ready");
  return { client, userId: me.id, nickname };
}

export function nodeOf({ client }: Member): string | undefined {
  const { current } = client.connection;
  return current.state === "ready" ? current.nodeId : undefined;
}

/** Resolves to the first value that fits; rejects with the last one that did not. */
export function until<Value>(
  readable: Readable<Value>,
  fits: (value: Value) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`never came: ${JSON.stringify(readable.current).slice(-2_000)}`));
    }, timeoutMs);
    unsubscribe = readable.subscribe((value) => {
      if (!fits(value)) return;
      clearTimeout(timer);
      queueMicrotask(() => unsubscribe());
      resolve(value);
    });
  });
}
