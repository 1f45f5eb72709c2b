import type { IncomingMessage } from "node:http";
import { type Logger, type RedisPair, readRevocations, TokenVerifier } from "@moim/service";
import type pg from "pg";
import type { Server } from "socket.io";
import { type Clock, repeat } from "../clock.ts";
import { type Config, limitsOf } from "../config.ts";
import type { Context } from "../handle/context.ts";
import type { Turnstile } from "../handle/turnstile.ts";
import type { Metrics } from "../metrics.ts";
import type { Database } from "../persist/database.ts";
import { headsOf, membershipsOf } from "../persist/membership.ts";
import { forgetMembershipChanges, recentMembershipChanges } from "../persist/membership-changes.ts";
import { roomsForUsers } from "../persist/rooms.ts";
import type { Presence } from "../presence/presence.ts";
import type { Publishing } from "../publish/publishing.ts";
import { RedisReturn } from "../publish/redis-return.ts";
import { Acceptor } from "./acceptor.ts";
import { Connections } from "./connection.ts";
import { Dispatch } from "./dispatch.ts";
import { drain } from "./drain.ts";
import { type BrakedConnection, brakeFloods } from "./flood-brake.ts";
import { MembershipReader } from "./membership-reader.ts";
import { MembershipRepair } from "./membership-repair.ts";
import { RevocationFeed } from "./revocation-feed.ts";
import { RevokedSessions } from "./revoked-sessions.ts";
import { SendRate } from "./send-rate.ts";
import { sharedSendBuckets } from "./shared-buckets.ts";
import { SharedSockets } from "./shared-sockets.ts";
import { Subscriptions } from "./subscription.ts";
import { TokenLifetime } from "./token-lifetime.ts";
import { UserRate } from "./user-rate.ts";

const SLOW_CONSUMER_SWEEP_MS = 1_000;

export type AcceptingOptions = {
  config: Config;
  io: Server;
  pool: pg.Pool;
  database: Database;
  redis: RedisPair | undefined;
  publishing: Publishing;
  presence: Presence;
  changes: Turnstile;
  context: Omit<Context, "caller">;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  addressOf(request: IncomingMessage): string;
};

/** All that stands between a socket and the handlers, put together. */
export class Accepting {
  readonly subscriptions: Subscriptions;
  readonly dispatch: Dispatch;
  readonly #options: AcceptingOptions;
  readonly #connections = new Connections();
  readonly #acceptor: Acceptor;
  readonly #revocations: RevocationFeed;
  readonly #repair: MembershipRepair;
  readonly #sendRate: SendRate;
  readonly #sharedSockets: SharedSockets | undefined;
  #stopSweeping: () => void = () => {};

  constructor(options: AcceptingOptions) {
    const { changes, clock, config, context, database, logger, metrics, pool, publishing } =
      options;
    this.#options = options;
    const revoked = new RevokedSessions(clock, (revocation) =>
      this.#acceptor.cutSession(revocation),
    );
    const verifier = createVerifier(options);
    const memberships = new MembershipReader(clock, (userIds) =>
      database.read((db) => membershipsOf(db, userIds)),
    );
    this.subscriptions = new Subscriptions({
      clock,
      logger,
      readMemberships: (userIds) => memberships.of(userIds),
      enter: (...entering) => publishing.entry.enter(...entering),
      subscribed: () => publishing.cluster.subscribed(),
      onRoomJoined: (roomId, rev) => publishing.delivery.begin(roomId, rev),
    });
    const lifetime = this.#createLifetime(verifier, revoked);
    const limits = limitsOf(config);
    this.#sendRate = new SendRate({
      clock,
      perSecond: limits.sendsPerSecond,
      burst: limits.sendsBurst,
      charge: options.redis && sharedSendBuckets(options.redis.publisher, limits),
    });
    this.dispatch = new Dispatch({
      clock,
      logger,
      metrics,
      revoked,
      lifetime,
      sendRate: this.#sendRate,
      changeRate: new UserRate({
        ...{ clock, perSecond: limits.changesPerSecond, burst: limits.changesBurst },
      }),
      changes,
      context,
    });
    this.#sharedSockets =
      options.redis && new SharedSockets(options.redis.publisher, this.#connections);
    this.#acceptor = new Acceptor({
      ...options,
      nodeId: config.NODE_ID,
      limits,
      verifier,
      revoked,
      connections: this.#connections,
      sharedSockets: this.#sharedSockets,
      subscriptions: this.subscriptions,
      lifetime,
      dispatch: this.dispatch,
    });
    this.#repair = this.#createRepair();
    this.#revocations = new RevocationFeed({
      clock,
      logger,
      revoked,
      subscriber: options.redis?.subscriber,
      read: (withinMs) => database.read(() => readRevocations(pool, withinMs)),
    });
  }

  /** Resolves once sockets may come. Rejects when the database does not answer. */
  async start(): Promise<void> {
    await this.#revocations.start();
    this.#repair.start();
    this.#watchRedis();
    this.#options.io.engine.on("connection", (connection: BrakedConnection) =>
      brakeFloods(connection, this.#options.clock),
    );
    this.#acceptor.start();
    this.#sharedSockets?.start(this.#options.clock);
    this.#notePresence();
    this.#stopSweeping = repeat(this.#options.clock, SLOW_CONSUMER_SWEEP_MS, async () =>
      this.#acceptor.cutSlowConsumers(),
    );
  }

  /** Users were brought into rooms, or taken out, on the word of some node. */
  noteMoves(userIds: readonly string[]): void {
    this.subscriptions.noteMoves(userIds);
    this.#repair.noteMoves(userIds);
  }

  /** Resolves to whether everybody who has left a room by now has been taken out of it here. */
  departuresHeeded(): Promise<boolean> {
    return this.#repair.departuresHeeded();
  }

  /** Measures what is measured only when somebody looks. */
  observe(): void {
    const { metrics } = this.#options;
    metrics.eventsUnderWay.set(this.dispatch.underWay);
    metrics.sendsWaiting.set(this.#sendRate.waiting);
    const backlogs = this.#connections.all().map(({ backlog }) => backlog);
    metrics.backlogBytes.set(backlogs.reduce((sum, { bytes }) => sum + bytes, 0));
    metrics.backlogBytesLargest.set(backlogs.reduce((most, { bytes }) => Math.max(most, bytes), 0));
    metrics.backlogPackets.set(backlogs.reduce((sum, { packets }) => sum + packets, 0));
  }

  /** Sends everybody elsewhere within the drain window. */
  async drain(): Promise<void> {
    this.#acceptor.refuseNew();
    await drain(this.#connections, this.#options.clock, this.#options.config.DRAIN_MS);
  }

  stop(): void {
    this.#stopSweeping();
    this.#sharedSockets?.stop();
    this.#repair.stop();
    this.#revocations.stop();
  }

  #createRepair(): MembershipRepair {
    const { database, publishing } = this.#options;
    return new MembershipRepair({
      ...this.#options,
      connections: this.#connections,
      subscriptions: this.subscriptions,
      readChanges: (age) => database.read((db) => recentMembershipChanges(db, age)),
      forgetChanges: () => database.read(forgetMembershipChanges),
      readRooms: (pairs) => database.read((db) => roomsForUsers(db, pairs)),
      readHeads: (roomIds) => database.read((db) => headsOf(db, roomIds)),
      enter: (...entering) => publishing.entry.enter(...entering),
      stay: (...staying) => publishing.entry.stay(...staying),
      onDeparted: (departed) => publishing.entry.hasLeft(departed),
      subscribed: () => publishing.cluster.subscribed(),
      onRoomJoined: (roomId, rev) => publishing.delivery.begin(roomId, rev),
    });
  }

  #createLifetime(verifier: TokenVerifier, revoked: RevokedSessions): TokenLifetime {
    const { clock, config, metrics, presence } = this.#options;
    return new TokenLifetime({
      clock,
      graceMs: config.TOKEN_GRACE_MS,
      verifier,
      revoked,
      connections: this.#connections,
      unsubscribe: (connection) => {
        this.subscriptions.unsubscribe(connection);
        presence.pauseSocket(connection.socket.id);
      },
      subscribe: async (connection) => {
        if (!(await this.subscriptions.subscribe(connection))) return;
        await this.#acceptor.announceReady(connection);
        presence.resumeSocket(connection.socket.id);
      },
      onExpired: () => metrics.expiries.inc(),
      onResync: () => metrics.resyncs.inc(),
    });
  }

  /** Registered after the acceptor, which has refused by then whom it refuses. */
  #notePresence(): void {
    const { io, presence } = this.#options;
    io.on("connection", (socket) => {
      const connection = this.#connections.ofSocket(socket.id);
      if (!connection || connection.token.phase === "closed") return;
      presence.socketArrived(connection.userId, socket.id);
      socket.on("disconnect", () => presence.socketGone(connection.userId, socket.id));
    });
  }

  #watchRedis(): void {
    const { clock, io, logger, metrics, publishing, redis } = this.#options;
    if (!redis || !publishing.redisCluster) return;
    new RedisReturn({
      clock,
      logger,
      io,
      cluster: publishing.redisCluster,
      subscriber: redis.subscriber,
      isSubscribed: (socket) => this.#connections.ofSocket(socket.id)?.isSubscribed === true,
      readRevocations: () => this.#revocations.readAll(),
      reconcileMemberships: () => this.#repair.reconcileAll(),
      onResync: () => metrics.resyncs.inc(),
    }).watch();
  }
}

function createVerifier({ clock, config, logger }: AcceptingOptions): TokenVerifier {
  return new TokenVerifier({
    jwksUrl: new URL("/.well-known/jwks.json", config.AUTH_URL).href,
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
    now: clock.now,
    logger,
  });
}
