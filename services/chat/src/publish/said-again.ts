import type { Room } from "@moim/protocol";
import { MessageType } from "socket.io-adapter";
import type { Clock } from "../clock.ts";
import { roomIdOf } from "./channels.ts";
import type { ClusterMessage } from "./cluster-messages.ts";

/** As soon as a connection may be back, and no more often than many nodes may ask for at once. */
const AGAIN_AFTER_MS = 1_000;
/** What was said last is worth most; the oldest are forgotten. */
const KEPT_MAX = 1_000;
/** Of these no `rev` tells, and nobody compares them with the database. */
const EVENTS = new Set<unknown>(["room:read", "room:changed"]);

export type SaidAgainOptions = {
  clock: Clock;
  /** It as it is to be said by now; undefined where nobody has anything to hear of it. Rejects while that is not known. */
  renewed(message: ClusterMessage): Promise<ClusterMessage | undefined>;
  /** Rejects where Redis does not take it. */
  publish(message: ClusterMessage): Promise<unknown>;
};

/**
 * What Redis did not take from this node and nothing else would ever tell the others: how far somebody has
 * read, and what is one member's own. Said again until Redis takes it; of a matter only what was said last.
 * What the others missed by themselves is not known here: they have their clients fetch.
 */
export class SaidAgain {
  readonly #options: SaidAgainOptions;
  /** Of each matter what was said last, until Redis has answered or is too late: in any order. */
  readonly #underWay = new Map<string, ClusterMessage>();
  readonly #unheard = new Map<string, ClusterMessage>();
  /** Undefined while nothing is to be said again. */
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SaidAgainOptions) {
    this.#options = options;
  }

  /** It is about to be published. */
  said(message: ClusterMessage): void {
    const matter = matterOf(message);
    if (matter === undefined) return;
    this.#underWay.set(matter, message);
    this.#unheard.delete(matter);
  }

  /** Redis has taken it. */
  heard(message: ClusterMessage): void {
    this.#answered(message);
  }

  /** Redis did not take it. */
  unheard(message: ClusterMessage): void {
    const matter = this.#answered(message);
    if (matter === undefined) return;
    this.#unheard.set(matter, message);
    const [oldest] = this.#unheard.keys();
    if (this.#unheard.size > KEPT_MAX && oldest !== undefined) this.#unheard.delete(oldest);
    this.#wait();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Of what, if nothing has been said of it since. */
  #answered(message: ClusterMessage): string | undefined {
    const matter = matterOf(message);
    if (matter === undefined || this.#underWay.get(matter) !== message) return undefined;
    this.#underWay.delete(matter);
    return matter;
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#options.clock.after(AGAIN_AFTER_MS, () => void this.#sayAll());
  }

  /** One after the other: where the first is not taken, nor are the rest. */
  async #sayAll(): Promise<void> {
    for (const [matter, message] of [...this.#unheard]) {
      // Something newer may have been said of it meanwhile.
      const isLast = () => this.#unheard.get(matter) === message;
      if (!isLast()) continue;
      if (!(await this.#isSaid(message, isLast))) break;
      if (isLast()) this.#unheard.delete(matter);
    }
    this.#cancel = undefined;
    if (this.#unheard.size > 0) this.#wait();
  }

  async #isSaid(message: ClusterMessage, isLast: () => boolean): Promise<boolean> {
    const { publish, renewed } = this.#options;
    try {
      const now = await renewed(message);
      if (now && isLast()) await publish(now);
      return true;
    } catch {
      // Redis or the database is away, which says so itself: it is tried again.
      return false;
    }
  }
}

/** What it speaks of, and to whom; undefined for what is healed otherwise, or worth nothing later. */
function matterOf({ type, data }: ClusterMessage): string | undefined {
  if (type !== MessageType.BROADCAST) return undefined;
  const [event, payload] = data.packet.data;
  if (!EVENTS.has(event)) return undefined;
  // What all members share has a rev, and said late it might reach somebody who has left since.
  if (event === "room:changed" && data.opts.rooms.some((channel) => roomIdOf(channel))) {
    return undefined;
  }
  const { roomId, userId, room } = payload as { roomId?: string; userId?: string; room?: Room };
  return [event, ...data.opts.rooms, roomId ?? room?.id, userId ?? ""].join(" ");
}
