import type { ChangedRoom, Room } from "@moim/protocol";
import type { Logger, RedisPublisher, RedisSubscriber } from "@moim/service";
import type { Server } from "socket.io";
import type { Clock } from "../clock.ts";
import {
  type ClusterAdapter,
  type ClusterAdapterOptions,
  createClusterAdapter,
} from "./cluster-adapter.ts";
import {
  type AnnouncedChanges,
  type ClusterMessage,
  changesMessage,
  joinMessage,
  largeRoomMessage,
  leaveMessage,
  type OwnWord,
  ownWordMessage,
  ownWordOf,
  removedMessage,
} from "./cluster-messages.ts";
import type { Departure, Removal } from "./departures.ts";
import type { RoomJoin } from "./room-entry.ts";
import { SaidAgain } from "./said-again.ts";
import { ShardedSubscriber } from "./sharded-subscriber.ts";

/** How long a change of membership waits for the other nodes to act on it. */
const BARRIER_TIMEOUT_MS = 1_000;

/** The other nodes, as this one knows them. */
export interface Cluster {
  /** Tells the other nodes' members of a room. Never rejects: they heal from the database. */
  publishChanges(announced: AnnouncedChanges): void;
  /** Has the users' sockets on the other nodes join a room. Never rejects: they heal alike. */
  publishJoin(join: RoomJoin): void;
  /** Has the user's sockets on the other nodes leave a room. Never rejects: they heal alike. */
  publishLeave(departure: Departure): void;
  /** Has the other nodes tell the user's sockets that they are out of a room. Never rejects. */
  publishRemoved(removal: Removal): void;
  /** Has the other nodes tell the member's sockets, now or, while Redis is away, later. Never rejects. */
  publishOwnWord(word: OwnWord): void;
  /** Tells the other nodes that a large room has changed. Never rejects. */
  publishLargeRoomChanged(room: Room): void;
  /** Resolves once this node's subscriptions so far are made: what is published later arrives. */
  subscribed(): Promise<void>;
  /**
   * Resolves once every node has acted on what was published before (and, where that made sockets
   * join rooms, receives these rooms), or a second has passed.
   */
  barrier(): Promise<void>;
}

/** One node without Redis. */
export const aloneCluster: Cluster = {
  publishChanges() {},
  publishJoin() {},
  publishLeave() {},
  publishRemoved() {},
  publishOwnWord() {},
  publishLargeRoomChanged() {},
  async subscribed() {},
  async barrier() {},
};

export type RedisClusterOptions = Omit<
  ClusterAdapterOptions,
  "publisher" | "subscriber" | "onPublish" | "onPublished" | "onPublishFailed" | "onCreated"
> & {
  clock: Clock;
  publisher: RedisPublisher;
  subscriber: RedisSubscriber;
  logger: Logger;
  /** As the member sees it; undefined where they are none. Rejects when the database is away. */
  readRoom(roomId: string, userId: string): Promise<ChangedRoom | undefined>;
  onPublishFailed(): void;
};

const BARRIER_EVENT = "membership:barrier";

/** Nodes that share rooms through Redis. `attach` must be called before sockets are accepted. */
export class RedisCluster implements Cluster {
  readonly #options: RedisClusterOptions;
  readonly #subscriptions: ShardedSubscriber;
  readonly #saidAgain: SaidAgain;
  #adapter: ClusterAdapter | undefined;
  #isJoined = false;

  constructor(options: RedisClusterOptions) {
    this.#options = options;
    this.#subscriptions = new ShardedSubscriber(options.subscriber, options.logger);
    this.#saidAgain = new SaidAgain({
      clock: options.clock,
      renewed: (message) => this.#renewed(message),
      publish: (message) => this.#attached.publishAndReturnOffset(message),
    });
  }

  attach(io: Server): void {
    io.adapter(
      createClusterAdapter({
        ...this.#options,
        subscriber: this.#subscriptions,
        onPublish: (message) => this.#saidAgain.said(message),
        onPublished: (message) => this.#saidAgain.heard(message),
        onPublishFailed: (error, message) => this.#unheard(error, message),
        onCreated: (adapter) => {
          this.#adapter = adapter;
        },
      }) as unknown as Parameters<Server["adapter"]>[0] & object,
    );
    // What was published before has been acted on by now, but new subscriptions may be under way.
    io.of("/").on(BARRIER_EVENT, (answer: (value: null) => void) => {
      this.subscribed()
        .then(() => answer(null))
        .catch((error: unknown) => this.#publishFailed(error));
    });
  }

  publishChanges(announced: AnnouncedChanges): void {
    this.#publish(changesMessage(announced));
  }

  publishJoin(join: RoomJoin): void {
    this.#publish(joinMessage(join));
  }

  publishLeave(departure: Departure): void {
    this.#publish(leaveMessage(departure));
  }

  publishRemoved(removal: Removal): void {
    this.#publish(removedMessage(removal));
  }

  publishOwnWord(word: OwnWord): void {
    const message = ownWordMessage(word);
    this.#saidAgain.said(message);
    this.#attached.publishAndReturnOffset(message).then(
      () => this.#saidAgain.heard(message),
      (error: unknown) => this.#unheard(error, message),
    );
  }

  publishLargeRoomChanged(room: Room): void {
    this.#publish(largeRoomMessage(room));
  }

  subscribed(): Promise<void> {
    return this.#subscriptions.settled();
  }

  /** Whether the subscriptions that came before the connection stood have been made. */
  get isJoined(): boolean {
    return this.#isJoined;
  }

  async resubscribe(): Promise<void> {
    await this.#subscriptions.resubscribe();
    this.#isJoined = true;
  }

  /** Nothing is said again from now on. */
  stop(): void {
    this.#saidAgain.stop();
  }

  async barrier(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("a node did not answer")), BARRIER_TIMEOUT_MS);
    });
    try {
      await Promise.race([this.#everyNodeAnswers(), timeout]);
    } catch (error) {
      // A node that died or lost Redis re-reads memberships before it serves again.
      this.#options.logger.warn({ err: error }, "not every node confirmed a change of membership");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the adapter itself: through the namespace, a Redis that is away would end the process. */
  #everyNodeAnswers(): Promise<void> {
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null) => (error ? reject(error) : resolve());
      this.#attached.serverSideEmit([BARRIER_EVENT, answered]).catch(reject);
    });
  }

  #publish(message: ClusterMessage): void {
    this.#attached
      .publishAndReturnOffset(message)
      .catch((error: unknown) => this.#publishFailed(error));
  }

  /** Whether a room is muted may have been changed by way of another node, or the member have left, before it is said. */
  async #renewed(message: ClusterMessage): Promise<ClusterMessage | undefined> {
    const word = ownWordOf(message);
    if (word?.name !== "room:changed") return message;
    const room = await this.#options.readRoom(word.roomId, word.userId);
    return room && ownWordMessage({ ...word, payload: { room } });
  }

  #unheard(error: unknown, message: ClusterMessage): void {
    this.#publishFailed(error);
    this.#saidAgain.unheard(message);
  }

  get #attached(): ClusterAdapter {
    if (!this.#adapter) throw new Error("no sockets yet: attach comes first");
    return this.#adapter;
  }

  #publishFailed(error: unknown): void {
    this.#options.logger.debug({ err: error }, "not announced to the other nodes");
    this.#options.onPublishFailed();
  }
}
