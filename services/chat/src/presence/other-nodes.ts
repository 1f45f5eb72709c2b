import type { Clock } from "../clock.ts";
import type { Announcement, AnnouncementOf } from "./announcement.ts";
import {
  ABSENT_AFTER_MS,
  BEAT_INTERVAL_MS,
  NODE_SILENT_AFTER_MS,
  STATE_PACE_MS,
} from "./bounds.ts";

type OtherNode = {
  users: Set<string>;
  /** Of the newest change that is in `users`. */
  number: number;
  heardAt: number;
  /** By the node's own clock. */
  beatAt: number;
  phase: "alive" | "leaving" | "dropping";
};

type PartialState = { number: number; nextPart: number; users: string[] };

export type OtherNodesOptions = {
  clock: Clock;
  /** Asks a node for its whole state. */
  ask(nodeKey: string): void;
  /** May have changed what is known of these users. */
  onChanged(userIds: Iterable<string>): void;
  /** The node has died: its users were last seen then. Awaited before they count as absent. */
  onSilent(userIds: readonly string[], at: number): Promise<void>;
  /** For whoever reads the log: a node that leaves cannot be asked any more. */
  onNode(nodeKey: string, what: NodeNews): void;
};

export type NodeNews = "came" | "left" | "fell silent";

/**
 * Who is present on the other nodes, as these announced it. A lost announcement is noticed by the
 * number of the next or of the next beat, and healed by asking for the whole state. A node that
 * has been silent for too long is dead.
 */
export class OtherNodes {
  readonly #options: OtherNodesOptions;
  readonly #nodes = new Map<string, OtherNode>();
  readonly #incoming = new Map<string, PartialState>();
  readonly #askedAt = new Map<string, number>();
  #sweptAt: number;

  constructor(options: OtherNodesOptions) {
    this.#options = options;
    this.#sweptAt = options.clock.now();
  }

  has(userId: string): boolean {
    for (const { users } of this.#nodes.values()) if (users.has(userId)) return true;
    return false;
  }

  /** Everybody who is present on another node. */
  addTo(userIds: Set<string>): void {
    for (const { users } of this.#nodes.values()) for (const userId of users) userIds.add(userId);
  }

  receive(announcement: Exclude<Announcement, AnnouncementOf<"ask">>): void {
    const node = this.#nodes.get(announcement.from);
    // What a leaving node said last is all there is to know of it.
    if (node?.phase === "leaving") return;
    if (node) node.heardAt = this.#options.clock.now();
    switch (announcement.type) {
      case "beat":
        this.#beat(node, announcement);
        break;
      case "change":
        this.#change(node, announcement);
        break;
      case "state":
        this.#state(node, announcement);
        break;
      case "bye":
        this.#bye(node, announcement.from);
    }
  }

  /** Looks for nodes that have died. To be called once per beat interval. */
  sweep(): void {
    const now = this.#options.clock.now();
    const sinceMs = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const [key, node] of this.#nodes) {
      // It was this node that stood still: what the others said meanwhile is yet to be read.
      if (sinceMs > 2 * BEAT_INTERVAL_MS) node.heardAt = now;
      const isSilent = now - node.heardAt > NODE_SILENT_AFTER_MS;
      if (node.phase === "alive" && isSilent) void this.#dropSilent(key, node);
    }
    for (const [key, at] of this.#askedAt) {
      if (now - at > NODE_SILENT_AFTER_MS) this.#askedAt.delete(key);
    }
    for (const key of this.#incoming.keys()) {
      if (!this.#askedAt.has(key) && !this.#nodes.has(key)) this.#incoming.delete(key);
    }
  }

  #beat(node: OtherNode | undefined, { from, number, at }: AnnouncementOf<"beat">): void {
    if (node) node.beatAt = at;
    if (node?.number !== number) this.#ask(from);
  }

  #change(node: OtherNode | undefined, change: AnnouncementOf<"change">): void {
    const { from, number, present, absent } = change;
    if (node && number <= node.number) return;
    if (node?.number !== number - 1) {
      this.#ask(from);
      return;
    }
    node.number = number;
    for (const userId of present) node.users.add(userId);
    for (const userId of absent) node.users.delete(userId);
    this.#options.onChanged([...present, ...absent]);
  }

  #state(node: OtherNode | undefined, state: AnnouncementOf<"state">): void {
    const { from, number, part, parts, present, at } = state;
    if (node && number <= node.number) return;
    const before: PartialState | undefined =
      part === 1 ? { number, nextPart: 1, users: [] } : this.#incoming.get(from);
    this.#incoming.delete(from);
    // A part was lost: the next beat shows it.
    if (before?.number !== number || before.nextPart !== part) return;
    before.users.push(...present);
    before.nextPart++;
    if (part < parts) {
      this.#incoming.set(from, before);
      return;
    }
    const users = new Set(before.users);
    const heardAt = this.#options.clock.now();
    this.#nodes.set(from, { users, number, heardAt, beatAt: at, phase: "alive" });
    if (!node) this.#options.onNode(from, "came");
    this.#options.onChanged(new Set([...(node?.users ?? []), ...users]));
  }

  #bye(node: OtherNode | undefined, key: string): void {
    if (!node) return;
    node.phase = "leaving";
    this.#options.onNode(key, "left");
    this.#options.clock.after(ABSENT_AFTER_MS, () => this.#drop(key, node));
  }

  async #dropSilent(key: string, node: OtherNode): Promise<void> {
    node.phase = "dropping";
    this.#options.onNode(key, "fell silent");
    const { heardAt } = node;
    await this.#options.onSilent([...node.users], node.beatAt);
    if (node.phase !== "dropping") return;
    if (node.heardAt === heardAt) this.#drop(key, node);
    else node.phase = "alive";
  }

  #drop(key: string, node: OtherNode): void {
    if (this.#nodes.get(key) !== node) return;
    this.#nodes.delete(key);
    this.#options.onChanged(node.users);
  }

  #ask(key: string): void {
    const now = this.#options.clock.now();
    if (now - (this.#askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < STATE_PACE_MS) return;
    this.#askedAt.set(key, now);
    this.#options.ask(key);
  }
}
