import { createServer } from "node:http";
import { LIMITS } from "@moim/protocol";
import {
  addressTeller,
  checkSessionSettings,
  connectPostgres,
  connectRedisPair,
  createRegistry,
  type Logger,
  Operational,
  requireTables,
} from "@moim/service";
import { Accepting } from "./accept/accepting.ts";
import type { Dispatch } from "./accept/dispatch.ts";
import { closerOf, createSocketServer, listenOn, serveOperational } from "./accept/http.ts";
import { UserRate } from "./accept/user-rate.ts";
import { type Clock, repeat, systemClock } from "./clock.ts";
import { type Config, limitsOf } from "./config.ts";
import { Turnstile } from "./handle/turnstile.ts";
import { TypingPace } from "./handle/typing-pace.ts";
import { createMetrics } from "./metrics.ts";
import { requireMigrated } from "./migrations.ts";
import { Database } from "./persist/database.ts";
import { eraseSomeOfEmptyRoom } from "./persist/erase-rooms.ts";
import { MessageLog } from "./persist/message-log.ts";
import { Presence } from "./presence/presence.ts";
import { Publishing } from "./publish/publishing.ts";
import { AuthUserDirectory } from "./users/user-directory.ts";

export type ChatServer = {
  /** Listens; resolves to the port. Rejects when the database is older than this build or does not answer. */
  listen(): Promise<number>;
  /** Drains and closes: resolves once everything accepted has been answered. */
  close(): Promise<void>;
};

/** What the last members of long rooms left behind is looked for so often, by every node. */
const ERASE_INTERVAL_MS = 5_000;
/** After the drain window, how long a node that leaves waits for what it has accepted. */
const FINISH_MS = 4_450;
/** A database that hangs does not say goodbye. */
const DISCONNECT_MS = 100;
/**
 * Two of the node's connections at most: the others stay free. Everybody is answered within 5 s, so a
 * search that waited and is then slow ends before that.
 */
const SEARCHES = { atOnce: 2, perUser: 8, total: 24, waitMsMax: 2_500, withinMs: 4_000 };

/**
 * Half of the node's connections at most for what changes rooms: transactions of one room wait for each
 * other, and reading must go on. One user may ask for as much at once as the rate of changes lets through; where
 * several do, the turnstile shares the places out.
 */
const CHANGES = { perUser: LIMITS.changesBurst, total: 2_000, waitMsMax: 2_500, withinMs: 4_000 };

/** One commits at a time; the other is there when a broken one is being replaced. */
const COMMIT_CONNECTIONS = 2;

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
  const redis = config.REDIS_URL
    ? connectRedisPair(config.REDIS_URL, "moim-chat", logger)
    : undefined;
  const http = createServer();
  const addressOf = addressTeller(config.TRUSTED_PROXIES);
  const io = createSocketServer(http, config, () => operational.isDraining, addressOf, logger);
  const shared = { io, redis, clock, logger, metrics, database };
  const publishing = new Publishing({
    ...shared,
    nodeId: config.NODE_ID,
    onMoved: (userIds) => accepting.noteMoves(userIds),
    departuresHeeded: () => accepting.departuresHeeded(),
  });
  const { publisher } = publishing;
  // Connections of its own: whoever reads much must not hold up what others send.
  const commitPool = connectPostgres({
    url: config.DATABASE_URL,
    applicationName: `moim-chat-commit ${config.NODE_ID}`,
    connectionsMax: COMMIT_CONNECTIONS,
    isPipelined: true,
    logger,
  });
  const messages = new MessageLog(new Database(commitPool), metrics, (commits) =>
    publisher.messagesCommitted(commits),
  );
  const users = new AuthUserDirectory(config.AUTH_URL);
  const typingPace = new TypingPace(clock.now);
  const searches = new Turnstile({ ...SEARCHES, clock });
  const changesAtOnce = Math.max(1, Math.floor(config.DATABASE_CONNECTIONS / 2));
  const changes = new Turnstile({ ...CHANGES, atOnce: changesAtOnce, clock });
  const presence = new Presence({ ...shared, nodeId: config.NODE_ID });
  const limits = limitsOf(config);
  const invitations = new UserRate({
    ...{ clock, perSecond: limits.invitationsPerSecond, burst: limits.invitationsBurst },
  });
  const groupLimits = {
    perUser: limits.groupsPerUser,
    perUserAndMaker: limits.groupsPerUserAndMaker,
  };
  const context = {
    ...{ database, messages, publisher, users, typingPace, searches, presence },
    ...{ invitations, groupLimits },
  };
  const accepting = new Accepting({
    ...shared,
    config,
    pool,
    publishing,
    presence,
    changes,
    context,
    addressOf,
  });
  const operational = new Operational(registry, {
    database: async () => void (await pool.query("SELECT 1")),
    ...(redis ? { redis: () => publishing.check() } : {}),
  });
  const observe = () => {
    metrics.queueLength.set(messages.queueLength);
    accepting.observe();
    presence.observe();
  };
  serveOperational(http, operational, observe, logger);
  const closeSockets = closerOf(http, io);
  let stopErasing = () => {};

  return {
    async listen() {
      await requireMigrated(pool);
      await requireTables(pool, ["auth.revocations"]);
      await checkSessionSettings(pool, logger);
      await publishing.start();
      presence.start();
      await accepting.start();
      stopErasing = repeat(clock, ERASE_INTERVAL_MS, () => eraseEmptyRooms(database, logger));
      const port = await listenOn(http, config.PORT, config.HOST);
      logger.info({ host: config.HOST, port, redis: redis !== undefined }, "chat node is ready");
      return port;
    },
    async close() {
      const endsAt = clock.now() + config.DRAIN_MS + FINISH_MS;
      operational.drain();
      await accepting.drain();
      // Every socket has been answered; what is left was asked by sockets that have gone.
      const finishing = Promise.all([finished(accepting.dispatch, messages), presence.leave()]);
      await within(endsAt - clock.now(), finishing);
      stopErasing();
      accepting.stop();
      publishing.stop();
      await closeSockets();
      redis?.publisher.disconnect();
      redis?.subscriber.disconnect();
      await within(DISCONNECT_MS, Promise.all([pool.end(), commitPool.end()]));
      logger.info("chat node has left");
    },
  };
}

/** Never rejects: the next round goes on. */
async function eraseEmptyRooms(database: Database, logger: Logger): Promise<void> {
  try {
    while (await eraseSomeOfEmptyRoom(database));
  } catch (error) {
    logger.warn({ err: error }, "rooms without members not deleted yet");
  }
}

async function finished(dispatch: Dispatch, messages: MessageLog): Promise<void> {
  await messages.idle();
  while (dispatch.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Resolves when `work` is done, at the latest after `timeoutMs`. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(timeoutMs, 0));
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
