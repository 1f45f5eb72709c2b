import type { Logger, RedisPair, RedisSubscriber } from "@moim/service";
import type { Server } from "socket.io";
import { type Clock, repeat } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { Database } from "../persist/database.ts";
import { headsOf } from "../persist/membership.ts";
import { roomsForUsers } from "../persist/rooms.ts";
import { roomChannel, roomIdOf, userChannel, userIdOf } from "./channels.ts";
import { aloneCluster, type Cluster, RedisCluster } from "./cluster.ts";
import { emit } from "./emit.ts";
import { HEAD_SWEEP_INTERVAL_MS, HeadSweep } from "./head-sweep.ts";
import { LargeRooms } from "./large-rooms.ts";
import { LoopbackProbe } from "./loopback-probe.ts";
import { Publisher } from "./publisher.ts";
import { type Delivery, RoomDelivery } from "./room-delivery.ts";

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
};

/** All that tells members of what was committed, put together. */
export class Publishing {
  readonly delivery: RoomDelivery;
  readonly cluster: Cluster;
  readonly redisCluster: RedisCluster | undefined;
  readonly publisher: Publisher;
  readonly #options: PublishingOptions;
  readonly #sweep: HeadSweep;
  readonly #probe: LoopbackProbe | undefined;
  #stopSweeping: () => void = () => {};

  constructor(options: PublishingOptions) {
    const { redis } = options;
    this.#options = options;
    this.delivery = createDelivery(options);
    const largeRooms = createLargeRooms(options);
    this.redisCluster = redis && createCluster(options, redis, this.delivery, largeRooms);
    this.cluster = this.redisCluster ?? aloneCluster;
    this.#forgetEmptyRooms();
    const { cluster, delivery } = this;
    this.publisher = new Publisher({ ...options, cluster, delivery, largeRooms });
    this.#sweep = createSweep(options, this.delivery);
    this.#probe = redis && new LoopbackProbe({ ...options, ...redis });
  }

  /** Resolves once other nodes' announcements arrive, or Redis has failed to answer in time. */
  async start(): Promise<void> {
    const { clock, logger, redis } = this.#options;
    if (redis && this.redisCluster) await join(redis.subscriber, this.redisCluster, logger);
    else logger.warn("REDIS_URL is not set: this node runs alone");
    this.#probe?.start();
    this.#stopSweeping = repeat(clock, HEAD_SWEEP_INTERVAL_MS, () => this.#sweep.run());
  }

  stop(): void {
    this.#stopSweeping();
    this.#probe?.stop();
  }

  /** Throws, with the reason, while announcements of other nodes do not arrive. */
  check(): void {
    this.#probe?.check();
  }

  #forgetEmptyRooms(): void {
    this.#options.io.of("/").adapter.on("delete-room", (channel: string) => {
      const roomId = roomIdOf(channel);
      if (roomId !== undefined) this.delivery.forget(roomId);
    });
  }
}

function createDelivery({ clock, io, metrics }: PublishingOptions): RoomDelivery {
  const delivery = new RoomDelivery({
    clock,
    hasSockets: (roomId) => io.of("/").adapter.rooms.has(roomChannel(roomId)),
    emit(roomId, delivered) {
      const { changes, hiddenFrom } = delivered;
      const channel = roomChannel(roomId);
      const hidden = socketsInRoom(io, roomId, hiddenFrom);
      const target = hidden.length > 0 ? io.local.to(channel).except(hidden) : io.local.to(channel);
      emit(target, "room:changes", { roomId, changes: [...changes] });
      const rev = changes.at(-1)?.rev;
      if (hidden.length > 0 && rev) emit(io.local.to(hidden), "room:head", { roomId, rev });
      const size = io.of("/").adapter.rooms.get(channel)?.size ?? 0;
      observeDelivery(metrics, clock, size - hidden.length, delivered);
    },
    onGap(roomId) {
      const rev = delivery.deliveredRev(roomId);
      if (rev === undefined) return;
      metrics.heads.inc();
      emit(io.local.to(roomChannel(roomId)), "room:head", { roomId, rev });
    },
  });
  return delivery;
}

/**
 * The users' sockets of this node that receive the room. Whoever has left it since the commit, or left
 * a direct room and is its hidden member, must not hear of it at all.
 */
function socketsInRoom(io: Server, roomId: string, userIds: readonly string[]): string[] {
  const { rooms } = io.of("/").adapter;
  const inRoom = rooms.get(roomChannel(roomId));
  return userIds
    .flatMap((userId) => [...(rooms.get(userChannel(userId)) ?? [])])
    .filter((socketId) => inRoom?.has(socketId));
}

function createLargeRooms({ database, io, logger }: PublishingOptions): LargeRooms {
  return new LargeRooms({
    io,
    logger,
    readRooms: (pairs) => database.read((db) => roomsForUsers(db, pairs)),
  });
}

function createCluster(
  { io, logger, metrics, onMoved }: PublishingOptions,
  redis: RedisPair,
  delivery: RoomDelivery,
  largeRooms: LargeRooms,
): RedisCluster {
  const cluster = new RedisCluster({
    ...redis,
    logger,
    onChanges: (roomId, delivered) => delivery.deliver(roomId, delivered),
    onLargeRoomChanged: (roomId) => void largeRooms.changed(roomId),
    onPublishFailed: () => metrics.publishFailures.inc(),
    onSocketsMoved: (channels) => onMoved(channels.flatMap((channel) => userIdOf(channel) ?? [])),
  });
  cluster.attach(io);
  return cluster;
}

function createSweep(
  { clock, database, io, logger, metrics }: PublishingOptions,
  delivery: RoomDelivery,
): HeadSweep {
  return new HeadSweep({
    clock,
    logger,
    delivery,
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
async function join(
  subscriber: RedisSubscriber,
  cluster: RedisCluster,
  logger: Logger,
): Promise<void> {
  try {
    if (subscriber.status !== "ready") await readyWithin(subscriber, REDIS_START_TIMEOUT_MS);
    // What was subscribed to before the connection stood was refused.
    await cluster.resubscribe();
  } catch (error) {
    logger.warn({ err: error }, "Redis does not answer; starting without it");
  }
}

function readyWithin(redis: RedisSubscriber, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
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
