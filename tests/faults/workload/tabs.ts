import { EventEmitter } from "node:events";
import { memoryStorage, type OutboxStorage, type Tabs } from "@moim/client";

/** What one tab shares with the other tabs of its browser. */
export type Tab = { outboxStorage: OutboxStorage; tabs: Tabs };

/**
 * One browser: an outbox that its tabs share, one lock at a time for each name, and messages among them.
 * Sessions are each tab's own here, for a token in memory is nobody else's.
 */
export function openBrowser(): { newTab(): Tab } {
  const channel = new EventEmitter();
  const tails = new Map<string, Promise<unknown>>();
  const outboxStorage = { ...memoryStorage(), isShared: true };
  let tabCount = 0;
  const exclusively: Tabs["exclusively"] = (name, work) => {
    const running = (tails.get(name) ?? Promise.resolve()).then(work, work);
    tails.set(name, running);
    return running;
  };
  return {
    newTab() {
      tabCount += 1;
      const own = tabCount;
      const tabs: Tabs = {
        exclusively,
        post(message) {
          if ((message as { type?: string }).type !== "outbox") return;
          setImmediate(() => channel.emit("message", own, message));
        },
        subscribe(listener) {
          const hear = (from: number, message: unknown) => {
            if (from !== own) listener(message);
          };
          channel.on("message", hear);
          return () => channel.off("message", hear);
        },
      };
      return { outboxStorage, tabs };
    },
  };
}
