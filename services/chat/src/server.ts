import { createServer, type Server as HttpServer } from "node:http";
import { LIMITS } from "@moim/protocol";
import {
  connectPostgres,
  connectRedis,
  createRegistry,
  isAllowedOrigin,
  type Logger,
  Operational,
  readRevocations,
  TokenVerifier,
} from "@moim/service";
import type { Redis } from "ioredis";
import { Server } from "socket.io";
import { Acceptor } from "./accept/acceptor.ts";
import { Connections } from "./accept/connection.ts";
import { Dispatch } from "./accept/dispatch.ts";
import { drain } from "./accept/drain.ts";
import { UserBuckets } from "./accept/rate-limit.ts";
import { RevocationFeed } from "./accept/revocation-feed.ts";
import { RevokedSessions } from "./accept/revoked-sessions.ts";
import { Subscriptions } from "./accept/subscription.ts";
import { TokenLifetime } from "./accept/token-lifetime.ts";
import { type Clock, repeat, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Database } from "./persist/database.ts";
import { headsOf, membershipsOf } from "./persist/membership.ts";
import { MessageLog } from "./persist/message-log.ts";
import { roomChannel, roomIdOf, userIdOf } from "./publish/channels.ts";
import { aloneCluster, RedisCluster } from "./publish/cluster.ts";
import { HEAD_SWEEP_INTERVAL_MS, HeadSweep } from "./publish/head-sweep.ts";
import { LoopbackProbe } from "./publish/loopback-probe.ts";
import { emit, Publisher } from "./publish/publisher.ts";
import { RedisReturn } from "./publish/redis-return.ts";
import { RoomDelivery } from "./publish/room-delivery.ts";
import { AuthUserDirectory } from "./users/user-directory.ts";

export type ChatServer = {
  /** Listens; resolves to the port. Rejects when the database lacks its tables or does not answer. */
  listen(): Promise<number>;
  /** Drains and closes: resolves once everything accepted has been answered. */
  close(): Promise<void>;
};

/** How long `close` waits for answers that are under way. */
const FINISH_TIMEOUT_MS = 4_900;
const SLOW_CONSUMER_SWEEP_MS = 1_000;
const REDIS_START_TIMEOUT_MS = 3_000;
/** Two heartbeats within the 60 s after which Nginx, as shipped, cuts an idle connection. */
const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 20_000;

/** Assembles a node without listening, so that tests take port 0. */
export function createChatServer(
  config: Config,
  logger: Logger,
  clock: Clock = systemClock,
): ChatServer {
  const registry = createRegistry();
  const metrics = createMetrics(registry);
  const pool = connectPostgres({
    url: config.DATABASE_URL,
    applicationName: `moim-chat ${config.NODE_ID}`,
    connectionsMax: config.DATABASE_CONNECTIONS,
    logger,
  });
  const database = new Database(pool);
  const redis = config.REDIS_URL ? connectRedisPair(config.REDIS_URL, logger) : undefined;
  const http = createServer();
  const io = createSocketServer(http, config);
  const connections = new Connections();

  const delivery = new RoomDelivery({
    clock,
    emit(roomId, changes) {
      const channel = roomChannel(roomId);
      emit(io.local.to(channel), "room:changes", { roomId, changes: [...changes] });
      observeDelivery(metrics, clock, io, channel, changes);
    },
  });
  const subscriptions = new Subscriptions({
    clock,
    logger,
    readMemberships: (userIds) => database.read((db) => membershipsOf(db, userIds)),
    subscribed: () => cluster.subscribed(),
    onRoomJoined: (roomId, rev) => delivery.begin(roomId, rev),
  });
  const redisCluster =
    redis &&
    new RedisCluster({
      ...redis,
      logger,
      onChanges: (roomId, changes) => delivery.deliver(roomId, changes),
      onPublishFailed: () => metrics.publishFailures.inc(),
      onSocketsLeft: (channels) => {
        for (const channel of channels) subscriptions.noteDeparture(userIdOf(channel) ?? "");
      },
    });
  redisCluster?.attach(io);
  const cluster = redisCluster ?? aloneCluster;
  io.of("/").adapter.on("delete-room", (channel: string) => {
    const roomId = roomIdOf(channel);
    if (roomId !== undefined) delivery.forget(roomId);
  });

  const publisher = new Publisher(io, cluster, delivery);
  const messages = new MessageLog(database, metrics, (commits) =>
    publisher.messagesCommitted(commits),
  );
  const verifier = new TokenVerifier({
    jwksUrl: new URL("/.well-known/jwks.json", config.AUTH_URL).href,
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
    now: clock.now,
    logger,
  });
  const revoked = new RevokedSessions(clock, (revocation) => acceptor.cutSession(revocation));
  const lifetime = new TokenLifetime({
    clock,
    graceMs: config.TOKEN_GRACE_MS,
    verifier,
    revoked,
    connections,
    unsubscribe: (connection) => subscriptions.unsubscribe(connection),
    subscribe: async (connection) => void (await subscriptions.subscribe(connection)),
    onExpired: () => metrics.expiries.inc(),
    onResync: () => metrics.resyncs.inc(),
  });
  const dispatch = new Dispatch({
    clock,
    logger,
    metrics,
    revoked,
    lifetime,
    sendBuckets: new UserBuckets(LIMITS.sendsPerSecond, LIMITS.sendsBurst),
    context: { database, messages, publisher, users: new AuthUserDirectory(config.AUTH_URL) },
  });
  const acceptor = new Acceptor({
    io,
    nodeId: config.NODE_ID,
    clock,
    logger,
    metrics,
    verifier,
    revoked,
    connections,
    subscriptions,
    lifetime,
    dispatch,
  });
  const revocations = new RevocationFeed({
    clock,
    logger,
    revoked,
    subscriber: redis?.subscriber,
    read: (withinMs) => database.read(() => readRevocations(pool, withinMs)),
  });
  const probe = redis && new LoopbackProbe({ ...redis, clock, logger, nodeId: config.NODE_ID });
  const sweep = new HeadSweep({
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
  const redisReturn =
    redis &&
    redisCluster &&
    new RedisReturn({
      clock,
      logger,
      io,
      cluster: redisCluster,
      subscriber: redis.subscriber,
      userIdOf: (socket) => {
        const connection = connections.ofSocket(socket.id);
        return connection?.isSubscribed ? connection.userId : undefined;
      },
      readMemberships: (userIds) => database.read((db) => membershipsOf(db, userIds)),
      readRevocations: () => revocations.readAll(),
      onResync: () => metrics.resyncs.inc(),
    });
  const operational = new Operational(registry, {
    database: async () => void (await pool.query("SELECT 1")),
    ...(probe ? { redis: () => probe.check() } : {}),
  });
  serveOperational(http, operational, metrics, messages);

  let stopTasks: (() => void)[] = [];
  return {
    async listen() {
      await pool.query("SELECT 1 FROM chat.rooms LIMIT 0");
      if (redis && redisCluster) await joinCluster(redis.subscriber, redisCluster, logger);
      else logger.warn("REDIS_URL is not set: this node runs alone");
      await revocations.start();
      redisReturn?.watch();
      probe?.start();
      acceptor.start();
      stopTasks = [
        () => revocations.stop(),
        () => probe?.stop(),
        repeat(clock, HEAD_SWEEP_INTERVAL_MS, () => sweep.run()),
        repeat(clock, SLOW_CONSUMER_SWEEP_MS, async () => acceptor.cutSlowConsumers()),
      ];
      const port = await listenOn(http, config.PORT, config.HOST);
      logger.info({ host: config.HOST, port, redis: redis !== undefined }, "chat node is ready");
      return port;
    },
    async close() {
      operational.drain();
      acceptor.refuseNew();
      await drain(connections, clock, config.DRAIN_MS);
      await finished(clock, dispatch, messages);
      for (const stop of stopTasks) stop();
      await io.close();
      redis?.publisher.disconnect();
      redis?.subscriber.disconnect();
      await pool.end();
      logger.info("chat node has left");
    },
  };
}

function createSocketServer(http: HttpServer, config: Config): Server {
  return new Server(http, {
    serveClient: false,
    transports: ["websocket"],
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: LIMITS.packetBytes,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    allowRequest(request, answer) {
      const { host, origin } = request.headers;
      const isAllowed = isAllowedOrigin(origin, host, config.ALLOWED_ORIGINS);
      answer(isAllowed ? null : "origin not allowed", isAllowed);
    },
  });
}

function connectRedisPair(url: string, logger: Logger): { publisher: Redis; subscriber: Redis } {
  return {
    publisher: connectRedis(url, "moim-chat-publisher", logger),
    subscriber: connectRedis(url, "moim-chat-subscriber", logger),
  };
}

/** Redis is no condition for the start: without it the node serves its own sockets until it comes. */
async function joinCluster(
  subscriber: Redis,
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

function readyWithin(redis: Redis, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no connection")), timeoutMs);
    redis.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function serveOperational(
  http: HttpServer,
  operational: Operational,
  metrics: Metrics,
  messages: MessageLog,
): void {
  http.on("request", async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/socket.io/")) return;
    metrics.queueLength.set(messages.queueLength);
    const answer = request.method === "GET" ? await operational.answer(pathname) : undefined;
    response.writeHead(answer?.status ?? 404, {
      "content-type": answer?.contentType ?? "text/plain; charset=utf-8",
    });
    response.end(answer?.body ?? "not found\n");
  });
}

function listenOn(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      const address = http.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

async function finished(clock: Clock, dispatch: Dispatch, messages: MessageLog): Promise<void> {
  const endsAt = clock.now() + FINISH_TIMEOUT_MS;
  await messages.idle();
  while (dispatch.underWay > 0 && clock.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function observeDelivery(
  metrics: Metrics,
  clock: Clock,
  io: Server,
  channel: string,
  changes: readonly { createdAt: number }[],
): void {
  const sockets = io.of("/").adapter.rooms.get(channel)?.size ?? 0;
  metrics.deliveries.inc(sockets * changes.length);
  const first = changes[0];
  if (first && sockets > 0) {
    metrics.deliveryLagSeconds.observe(Math.max(clock.now() - first.createdAt, 0) / 1_000);
  }
}
