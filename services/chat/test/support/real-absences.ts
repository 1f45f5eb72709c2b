import { buildService, startRedis } from "@moim/local";
import { ChatProcess } from "./chat-process.ts";
import { at, startWorld } from "./nodes.ts";

export type RealAbsences = {
  /** How long a watcher heard nothing of a user whose socket was closed, of one whose node was killed. */
  waitedMs: Promise<{ closed: number; killed: number }>;
  close(): Promise<void>;
};

/** Longer than anybody may be taken for online. */
const GIVEN_UP_AFTER_MS = 70_000;

/**
 * Presence at its default settings, by the clock on the wall: three nodes as they are run, a watcher on
 * the first; on the second a user who closes their socket, on the third one whose node is killed. It takes
 * most of a minute and next to no work: begin it early, ask for its outcome late.
 */
export function startRealAbsences(): RealAbsences {
  const isClosing = new AbortController();
  const closings: (() => unknown)[] = [];
  const waitedMs = measure(isClosing.signal, closings);
  // Whoever runs one other test of the file does not ask.
  waitedMs.catch(() => {});
  return {
    waitedMs,
    async close() {
      isClosing.abort();
      await waitedMs.catch(() => {});
      for (const closing of closings.reverse()) await closing();
    },
  };
}

async function measure(signal: AbortSignal, closings: (() => unknown)[]) {
  await buildService("chat");
  const redis = await startRedis();
  closings.push(() => redis.stop());
  const world = await startWorld({ nodes: 0 });
  closings.push(() => world.close());
  const processes = Array.from({ length: 3 }, () => {
    const { databaseUrl: DATABASE_URL, issuer } = world;
    return new ChatProcess({
      DATABASE_URL,
      AUTH_URL: issuer.url,
      REDIS_URL: redis.url,
      PORT: "0",
    });
  });
  closings.push(() => processes.map((started) => started.end()));
  for (const started of processes) {
    const server = { listen: async () => 0, close: async () => {} };
    world.nodes.push({ url: await started.ready(), server, logs: [] });
  }
  const { users, clients } = await world.group(3);
  const watcher = at(clients, 0);
  const userIds = users.slice(1).map(({ userId }) => userId);
  const areOnline = async () => {
    const { users: states } = await watcher.insist("presence:watch", { userIds });
    return states.length === 2 && states.every(({ online }) => online);
  };
  while (!(await areOnline())) await pause(100, signal);
  watcher.arrivals.length = 0;

  const goneAt = Date.now();
  at(clients, 1).close();
  at(processes, 2).signal("SIGKILL");
  const heardAt = new Map<string, number>();
  while (heardAt.size < 2 && Date.now() - goneAt < GIVEN_UP_AFTER_MS) {
    for (const { userId, online } of watcher.all("presence:changed")) {
      if (!online && !heardAt.has(userId)) heardAt.set(userId, Date.now());
    }
    await pause(50, signal);
  }
  const waited = (userId: string) => (heardAt.get(userId) ?? Number.POSITIVE_INFINITY) - goneAt;
  return { closed: waited(at(userIds, 0)), killed: waited(at(userIds, 1)) };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
