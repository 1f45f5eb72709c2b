import type { Logger, RedisPair, RedisSubscriber } from "@moim/service";
import type { Server } from "socket.io";
import { type Clock, repeat } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { Database } from "../persist/database.ts";
import { headsOf } from "../persist/membership.ts";
import { findRoom, roomsForUsers } from "../persist/rooms.ts";
import { roomChannel, roomIdOf } from "./channels.ts";
import { aloneCluster, type Cluster, RedisCluster } from "./cluster.ts";
import { emit } from "./emit.ts";
import { HEAD_SWEEP_INTERVAL_MS, HeadSweep } from "./head-sweep.ts";
import { LargeRooms } from "./large-rooms.ts";
import { LoopbackProbe } from "./loopback-probe.ts";
import { Publisher, type PublisherOptions } from "./publisher.ts";
import { type Delivery, RoomDelivery } from "./room-delivery.ts";
import { RoomEntry } from "./room-entry.ts";
import { VisibleHistory } from "./visible-history.ts";

const REDIS_START_TIMEOUT_MS = 3_000;

export type PublishingOptions = {
  io: Server;
  nodeId: string;
  /** Undefined: this node runs alone. */
  redis: RedisPair | undefined;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  database: Database;
  /** Users joined or left rooms, on the word of any node. */
  onMoved(userIds: readonly string[]): void;
  /** As in `RoomDelivery`. */
  departuresHeeded(): Promise<boolean>;
};

/** All that tells members of what was committed, put together. */
export class Publishing {
  readonly delivery: RoomDelivery;
  readonly entry: RoomEntry;
  readonly cluster: Cluster;
  readonly redisCluster: RedisCluster | undefined;
  readonly publisher: Publisher;
  readonly #options: PublishingOptions;
  readonly #history = new VisibleHistory();
  readonly #sweep: HeadSweep;
  readonly #probe: LoopbackProbe | undefined;
  #stopSweeping: () => void = () => {};

  constructor(options: PublishingOptions) {
    const { redis } = options;
    this.#options = options;
    this.delivery = createDelivery(options, this.#history, (roomId, changes) =>
      this.entry.departed(roomId, changes),
    );
    this.entry = new RoomEntry({ ...options, delivery: this.delivery, history: this.#history });
    const { entry } = this;
    const largeRooms = createLargeRooms(options, entry);
    this.redisCluster =
      redis && createCluster(options, redis, { delivery: this.delivery, entry, largeRooms });
    this.cluster = this.redisCluster ?? aloneCluster;
    this.#forgetWhoLeft();
    const { cluster, delivery } = this;
    this.publisher = new Publisher({ ...options, cluster, delivery, entry, largeRooms });
    this.#sweep = createSweep(options, this.delivery);
    this.#probe = redis && new LoopbackProbe({ ...options, ...redis });
  }

  /** Resolves once other nodes' announcements arrive, and ours at theirs, or Redis has failed to answer in time. */
  async start(): Promise<void> {
    const { clock, logger, redis } = this.#options;
    if (redis && this.redisCluster) await join(redis, this.redisCluster, logger);
    else logger.warn("REDIS_URL is not set: this node runs alone");
    this.#probe?.start();
    this.#stopSweeping = repeat(clock, HEAD_SWEEP_INTERVAL_MS, () => this.#sweep.run());
  }

  stop(): void {
    this.#stopSweeping();
    this.#probe?.stop();
    this.redisCluster?.stop();
  }

  /** Throws, with the reason, while announcements of other nodes do not arrive. */
  check(): void {
    this.#probe?.check();
  }

  #forgetWhoLeft(): void {
    const { adapter } = this.#options.io.of("/");
    adapter.on("leave-room", (channel: string, socketId: string) => {
      const roomId = roomIdOf(channel);
      if (roomId !== undefined) this.#history.left(roomId, socketId);
    });
    adapter.on("delete-room", (channel: string) => {
      const roomId = roomIdOf(channel);
      if (roomId === undefined) return;
      this.delivery.forget(roomId);
      this.entry.forget(roomId);
    });
  }
}

function createDelivery(
  { clock, departuresHeeded, io, metrics }: PublishingOptions,
  history: VisibleHistory,
  heed: RoomEntry["departed"],
): RoomDelivery {
  return new RoomDelivery({
    clock,
    hasSockets: (roomId) => io.of("/").adapter.rooms.has(roomChannel(roomId)),
    emit(roomId, delivered) {
      const { changes } = delivered;
      heed(roomId, changes);
      const channel = roomChannel(roomId);
      const hidden = [...history.hiddenFrom(roomId, changes)];
      const target = hidden.length > 0 ? io.local.to(channel).except(hidden) : io.local.to(channel);
      emit(target, "room:changes", { roomId, changes: [...changes] });
      const rev = changes.at(-1)?.rev;
      if (hidden.length > 0 && rev) emit(io.local.to(hidden), "room:head", { roomId, rev });
      const size = io.of("/").adapter.rooms.get(channel)?.size ?? 0;
      observeDelivery(metrics, clock, size - hidden.length, delivered);
    },
    departuresHeeded,
    onGap(roomId, rev) {
      metrics.heads.inc();
      emit(io.local.to(roomChannel(roomId)), "room:head", { roomId, rev });
    },
  });
}

function createLargeRooms(
  { database, io, logger }: PublishingOptions,
  entry: RoomEntry,
): LargeRooms {
  return new LargeRooms({
    io,
    logger,
    tell: (word) => entry.tell(word),
    readRooms: (pairs) => database.read((db) => roomsForUsers(db, pairs)),
  });
}

function createCluster(
  { clock, database, io, logger, metrics, onMoved }: PublishingOptions,
  redis: RedisPair,
  { delivery, entry, largeRooms }: Pick<PublisherOptions, "delivery" | "entry" | "largeRooms">,
): RedisCluster {
  const cluster = new RedisCluster({
    ...redis,
    clock,
    logger,
    onChanges: (roomId, delivered) => delivery.deliver(roomId, delivered),
    onLargeRoomChanged: (roomId) => void largeRooms.changed(roomId),
    readRoom: (roomId, userId) => database.read((db) => findRoom(db, roomId, userId)),
    onPublishFailed: () => metrics.publishFailures.inc(),
    onJoin: (join) => entry.join(join),
    onLeave: (departure) => entry.leave(departure),
    onRemoved: (removal) => entry.removed(removal),
    onOwnWord: (word) => entry.tell(word),
    onRoomAdded: (userIds, room) => entry.added(userIds, room),
    onMoved,
  });
  cluster.attach(io);
  return cluster;
}

function createSweep(
  { clock, database, departuresHeeded, io, logger, metrics }: PublishingOptions,
  delivery: RoomDelivery,
): HeadSweep {
  return new HeadSweep({
    clock,
    logger,
    delivery,
    departuresHeeded,
    localRoomIds: () =>
      [...io.of("/").adapter.rooms.keys()].flatMap((channel) => roomIdOf(channel) ?? []),
    readHeads: (roomIds) => database.read((db) => headsOf(db, roomIds)),
    emitHead(roomId, rev) {
      metrics.heads.inc();
      emit(io.local.to(roomChannel(roomId)), "room:head", { roomId, rev });
    },
  });
}

/** Redis is no condition for the start: without it the node serves its own sockets until it comes. */
async function join(redis: RedisPair, cluster: RedisCluster, logger: Logger): Promise<void> {
  try {
    // What is published before its connection stands is lost as well.
    const connections = [redis.subscriber, redis.publisher];
    await Promise.all(connections.map((each) => readyWithin(each, REDIS_START_TIMEOUT_MS)));
    // What was subscribed to before the connection stood was refused.
    await cluster.resubscribe();
  } catch (error) {
    logger.warn({ err: error }, "Redis does not answer; starting without it");
  }
}

function readyWithin(
  redis: Pick<RedisSubscriber, "status" | "once">,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (redis.status === "ready") {
      resolve();
      return;
    }
    const timer = setTimeout(() => reject(new Error("no connection")), timeoutMs);
    redis.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function observeDelivery(
  metrics: Metrics,
  clock: Clock,
  sockets: number,
  { changes, commit }: Delivery,
): void {
  metrics.deliveries.inc(sockets * changes.length);
  if (commit === undefined || sockets === 0) return;
  const lagMs = Math.max(clock.now() - commit.at, 0);
  metrics.deliveryLagSeconds.observe({ from: commit.from }, lagMs / 1_000);
}
