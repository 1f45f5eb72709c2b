export type {
  ChangePassword,
  ConnectionState,
  Delivery,
  FoundMessages,
  Me,
  Member,
  MembersView,
  Message,
  MessageSearch,
  MoimClient,
  OpenRoom,
  PendingMessage,
  Presence,
  Readable,
  RoomSummary,
  RoomsView,
  SessionInfo,
  SessionState,
  SignedOutReason,
  TimelineItem,
  TimelineView,
  UpdateMe,
  User,
} from "./api.ts";
export type {
  CachedPart,
  CachedRooms,
  CachedTimeline,
  CacheRecord,
  ClientCache,
} from "./cache/client-cache.ts";
export { indexedDbCache } from "./cache/indexed-db-cache.ts";
export type { Clock } from "./clock.ts";
export type { OpenedSocket, OpenSocket, SocketHandlers } from "./connection/open-socket.ts";
export { openSocketIo } from "./connection/open-socket.ts";
export { createMoimClient } from "./create-moim-client.ts";
export { MoimError } from "./moim-error.ts";
export type { OnlineEvent, OnlineEvents } from "./online-events.ts";
export type { MoimClientOptions } from "./options.ts";
export { indexedDbStorage } from "./outbox/indexed-db-storage.ts";
export { memoryStorage } from "./outbox/memory-storage.ts";
export type { OutboxStorage, StoredEntry } from "./outbox/storage.ts";
export type { SignOutMark } from "./session/sign-out-mark.ts";
export type { Tabs } from "./tabs.ts";
