export { type Change, changeOf, parseRoomChanges, type RoomChanges } from "./clients/changes.ts";
export {
  decodeClientId,
  encodeClientId,
  keyOf,
  roomTagOf,
  type Stamp,
} from "./clients/client-id.ts";
export type {
  LoadClient,
  LoadClientListener,
  MintedUser,
  OutgoingMessage,
  SendOutcome,
} from "./clients/load-client.ts";
export { RawClient, type RawClientTarget, Refused } from "./clients/raw-client.ts";
export { Latencies, type LatencySummary } from "./measure/latencies.ts";
export { machineMicros } from "./measure/machine-clock.ts";
export { SocketIoConnection } from "./wire/socket-io.ts";
export { serveTasks } from "./workers/serve-tasks.ts";
export { type Tasks, WorkerPool } from "./workers/worker-pool.ts";
