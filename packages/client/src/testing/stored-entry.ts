import type { StoredEntry } from "../outbox/storage.ts";
import { ALICE, ROOM_ID } from "./messages.ts";

export function storedEntry(given: Partial<StoredEntry> = {}): StoredEntry {
  return {
    userId: ALICE,
    clientId: "c1",
    roomId: ROOM_ID,
    text: "hello",
    replyTo: null,
    createdAt: 1,
    position: 1,
    failed: null,
    ...given,
  };
}
