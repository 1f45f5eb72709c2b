import { randomUUID } from "node:crypto";
import type { MoimClientOptions, OnlineEvent, OnlineEvents } from "../../src/index.ts";
import {
  createMoimClient,
  type MoimClient,
  type Readable,
  type TimelineView,
} from "../../src/index.ts";

/** What a test says about the network to one client, as a browser would. */
export class Hints implements OnlineEvents {
  readonly #listeners = new Set<(event: OnlineEvent) => void>();

  isOnline(): boolean {
    return true;
  }

  subscribe(listener: (event: OnlineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: OnlineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

export type Person = { client: MoimClient; userId: string; email: string; hints: Hints };

export const PASSWORD = "correct horse 1!";

/** Signed up and connected. */
export async function newPerson(baseUrl: string, options: MoimClientOptions = {}): Promise<Person> {
  const hints = new Hints();
  const client = createMoimClient({
    baseUrl,
    tokenTransport: "body",
    onlineEvents: hints,
    ...options,
  });
  await client.start();
  const nickname = `u${randomUUID().replaceAll("-", "").slice(0, 11)}`;
  const email = `${nickname}@example.org`;
  const me = await client.signUp({ email, password: PASSWORD, nickname, name: "Somebody" });
  await until(client.connection, ({ state }) => state === "ready");
  return { client, userId: me.id, email, hints };
}

/** Resolves to the first value that fits; rejects with the last one that did not. */
export function until<Value>(
  readable: Readable<Value>,
  fits: (value: Value) => boolean,
  timeoutMs = 60_000,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`never came: ${JSON.stringify(readable.current).slice(0, 2_000)}`));
    }, timeoutMs);
    unsubscribe = readable.subscribe((value) => {
      if (!fits(value)) return;
      clearTimeout(timer);
      queueMicrotask(() => unsubscribe());
      resolve(value);
    });
  });
}

/** The confirmed texts, as they stand on the screen. */
export function textsOf(view: TimelineView): string[] {
  return view.items.flatMap((item) =>
    item.kind === "message" && item.message.text !== null ? [item.message.text] : [],
  );
}

export function pendingOf(view: TimelineView): string[] {
  return view.items.flatMap((item) => (item.kind === "pending" ? [item.pending.text] : []));
}
