import { randomUUID } from "node:crypto";
import type { PresenceState } from "@moim/protocol";
import type { Logger, RedisPair } from "@moim/service";
import type { Server } from "socket.io";
import { type Clock, repeat } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { Database } from "../persist/database.ts";
import { acquaintances, storeLastSeen } from "../persist/presence.ts";
import { AcquaintanceReader } from "./acquaintance-reader.ts";
import { BEAT_INTERVAL_MS, LAST_SEEN_CHECKPOINT_MS } from "./bounds.ts";
import { LastSeen } from "./last-seen.ts";
import { OtherNodes } from "./other-nodes.ts";
import { OwnAnnouncements } from "./own-announcements.ts";
import { OwnUsers } from "./own-users.ts";
import { RedisBus } from "./redis-bus.ts";
import { isReady, tell } from "./sockets.ts";
import { Teller } from "./teller.ts";
import { Watches } from "./watches.ts";

export type PresenceOptions = {
  io: Server;
  nodeId: string;
  /** Undefined: this node runs alone, and its own users are all there are. */
  redis: RedisPair | undefined;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  database: Database;
};

/**
 * Who is online, put together. Online is who has, or had until 10 s ago, a live socket on some node,
 * as far as this node has heard: no question is asked of Redis or of other nodes.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #watches = new Watches();
  readonly #acquaintances: AcquaintanceReader;
  readonly #lastSeen: LastSeen;
  readonly #own: OwnUsers;
  readonly #others: OtherNodes;
  readonly #announcements: OwnAnnouncements;
  readonly #teller: Teller;
  readonly #bus: RedisBus | undefined;
  #stopRepeating: () => void = () => {};

  constructor(options: PresenceOptions) {
    const { clock, database, logger, nodeId } = options;
    this.#options = options;
    // Another one after a restart, so that what the last run announced is not taken for this one's.
    const nodeKey = `${nodeId}:${randomUUID()}`;
    this.#lastSeen = new LastSeen({
      clock,
      logger,
      store: (seen) => database.read((db) => storeLastSeen(db, seen)),
    });
    this.#acquaintances = new AcquaintanceReader((pairs) =>
      database.read((db) => acquaintances(db, pairs)),
    );
    this.#teller = this.#createTeller();
    this.#own = this.#createOwnUsers();
    this.#others = new OtherNodes({
      clock,
      ask: (otherKey) => this.#announcements.ask(otherKey),
      onChanged: (userIds) => this.#teller.changed(userIds),
      onSilent: (userIds, at) => this.#otherNodeDied(userIds, at),
      onNode: (otherKey, what) => {
        const other = otherKey.slice(0, otherKey.lastIndexOf(":"));
        if (what === "fell silent") logger.warn({ other }, "another node fell silent");
        else logger.info({ other }, `another node ${what}`);
      },
    });
    this.#bus = this.#createBus(nodeKey);
    this.#announcements = new OwnAnnouncements({
      nodeKey,
      clock,
      present: () => this.#own.userIds(),
      publish: (announcement, to) => this.#bus?.publish(announcement, to),
    });
  }

  start(): void {
    const { clock } = this.#options;
    this.#bus?.start();
    const stopBeating = repeat(clock, BEAT_INTERVAL_MS, async () => {
      this.#announcements.beat();
      this.#others.sweep();
    });
    const stopCheckpoints = repeat(clock, LAST_SEEN_CHECKPOINT_MS, async () => {
      this.#lastSeen.record(this.#own.connectedUserIds(), clock.now());
    });
    this.#stopRepeating = () => {
      stopBeating();
      stopCheckpoints();
    };
  }

  /** Measures what is measured only when somebody looks. */
  observe(): void {
    const { metrics } = this.#options;
    const online = new Set(this.#own.userIds());
    this.#others.addTo(online);
    metrics.presenceOnline.set(online.size);
    metrics.presenceWatchers.set(this.#watches.watchers);
  }

  /** Leaves the others; resolves once it is stored when this node's users were last seen. */
  async leave(): Promise<void> {
    this.#stopRepeating();
    this.#teller.stop();
    this.#announcements.bye();
    this.#lastSeen.record(this.#own.connectedUserIds(), this.#options.clock.now());
    await this.#lastSeen.close();
  }

  socketArrived(userId: string, socketId: string): void {
    this.#watches.add(userId, socketId);
    this.#own.socketArrived(userId, socketId);
  }

  socketGone(userId: string, socketId: string): void {
    this.#watches.remove(socketId);
    this.#own.socketGone(userId, socketId);
  }

  /** The socket's token has run out: nothing is told to it. */
  pauseSocket(socketId: string): void {
    const watch = this.#watches.of(socketId);
    if (watch) watch.isPaused = true;
  }

  /** The socket's token has been renewed: it is told what it missed. */
  resumeSocket(socketId: string): void {
    const watch = this.#watches.of(socketId);
    if (!watch) return;
    watch.isPaused = false;
    this.#teller.changed(watch.told.keys());
  }

  /**
   * Those of `userIds` who share a room with the watcher; changes of theirs reach the socket from
   * now on, in place of those that it watched before. Rejects with `unavailable`.
   */
  async watch(
    { socketId, userId }: { socketId: string; userId: string },
    userIds: readonly string[],
  ): Promise<PresenceState[]> {
    const watch = this.#watches.of(socketId);
    const turn = watch ? ++watch.turn : 0;
    const pairs = [...new Set(userIds)].map((watchedId) => ({
      watcherId: userId,
      userId: watchedId,
    }));
    const known = await this.#acquaintances.of(pairs);
    // From here to the end without a wait: what changes later is told.
    const states = known.map((one) => this.#stateOf(one.userId, one.lastSeenAt));
    if (watch?.turn === turn) {
      this.#watches.replace(watch, new Map(states.map((one) => [one.userId, one.online])));
    }
    return states;
  }

  #isOnline(userId: string): boolean {
    return this.#own.has(userId) || this.#others.has(userId);
  }

  #stateOf(userId: string, lastSeenAt: number | null): PresenceState {
    const online = this.#isOnline(userId);
    return { userId, online, lastSeenAt: online ? this.#options.clock.now() : lastSeenAt };
  }

  async #otherNodeDied(userIds: readonly string[], at: number): Promise<void> {
    this.#lastSeen.record(userIds, at);
    await this.#lastSeen.flush();
  }

  #createTeller(): Teller {
    const { clock, io, logger } = this.#options;
    return new Teller({
      clock,
      logger,
      watches: this.#watches,
      isOnline: (userId) => this.#isOnline(userId),
      stateOf: (userId, lastSeenAt) => this.#stateOf(userId, lastSeenAt),
      acquaintances: (pairs) => this.#acquaintances.of(pairs),
      isReady: (socketId) => isReady(io, socketId),
      tell: (socketId, state) => tell(io, socketId, state),
    });
  }

  /** Written when the last socket goes, not when that counts: by then the answer is in place. */
  #createOwnUsers(): OwnUsers {
    const { clock } = this.#options;
    const changed = (userId: string, isPresent: boolean) => {
      this.#announcements.userChanged(userId, isPresent);
      this.#teller.changed([userId]);
    };
    return new OwnUsers({
      clock,
      onPresent: (userId) => {
        this.#lastSeen.record([userId], clock.now());
        changed(userId, true);
      },
      onLastSocketGone: (userId) => this.#lastSeen.record([userId], clock.now()),
      onAbsent: (userId) => changed(userId, false),
    });
  }

  #createBus(nodeKey: string): RedisBus | undefined {
    const { logger, metrics, redis } = this.#options;
    if (!redis) return undefined;
    return new RedisBus({
      ...redis,
      nodeKey,
      logger,
      onSent: () => metrics.presenceAnnouncements.inc({ direction: "sent" }),
      receive: (announcement) => {
        if (announcement.from === nodeKey) return;
        metrics.presenceAnnouncements.inc({ direction: "received" });
        if (announcement.type !== "ask") this.#others.receive(announcement);
        else if (announcement.of === null || announcement.of === nodeKey) {
          this.#announcements.state(announcement.from);
        }
      },
      onConnected: () => this.#announcements.hello(),
    });
  }
}
