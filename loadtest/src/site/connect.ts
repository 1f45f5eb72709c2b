import { UsageError } from "../arguments/usage-error.ts";
import type { LoadClientListener, MintedUser } from "../clients/load-client.ts";
import { RawClient, Refused } from "../clients/raw-client.ts";

const DEAF: Omit<LoadClientListener, "ready" | "closed"> = {
  changes() {},
  head() {},
  resync() {},
  event() {},
};
const ATTEMPTS = 20;
const RETRY_MS = 250;
const RETRIES_SPREAD = 8;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A connection of somebody who only asks: sets up rooms, or reads what is stored. */
export async function connectAsker(url: string, user: MintedUser): Promise<RawClient> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await new Promise<RawClient | string>((resolve) => {
      const listener = {
        ...DEAF,
        ready: () => resolve(client),
        closed: (why: string, code: string | undefined) => resolve(code ?? why),
      };
      const client = new RawClient(
        { url, token: user.accessToken, readyBy: "session:ready" },
        listener,
      );
      client.connect();
    });
    if (typeof outcome !== "string") return outcome;
    if (attempt === ATTEMPTS) throw new UsageError(`cannot connect to ${url}: ${outcome}`);
    // The proxy lets one address open so many in a second: all who wait must not come again at once.
    await wait(RETRY_MS * Math.min(attempt, RETRIES_SPREAD) * (0.5 + Math.random()));
  }
}

/** Asks again for as long as the server says that it is worth it. */
export async function patiently<Data>(ask: () => Promise<Data>): Promise<Data> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isPassing =
        error instanceof Refused && ["rate_limited", "unavailable"].includes(error.code);
      if (!isPassing || attempt === ATTEMPTS) throw error;
      await wait(Math.max(error.retryAfterMs, RETRY_MS));
    }
  }
}

/** Does the work for all items, so many at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
