import type { Clock } from "../clock.ts";
import type { Announcement } from "./announcement.ts";
import { ANNOUNCE_DELAY_MS, STATE_PACE_MS, STATE_PART_USERS } from "./bounds.ts";

export type OwnAnnouncementsOptions = {
  nodeKey: string;
  clock: Clock;
  /** Everybody present on this node now. */
  present(): readonly string[];
  /** To all nodes, or to one. May lose it. */
  publish(announcement: Announcement, to?: string): void;
};

/** What this node tells the others of its users: changes, numbered; beats; its state when asked. */
export class OwnAnnouncements {
  readonly #options: OwnAnnouncementsOptions;
  /** User → whether present. */
  readonly #changed = new Map<string, boolean>();
  #number = 0;
  #stateAt = Number.NEGATIVE_INFINITY;
  #isStateDue = false;
  /** Who waits for the state; undefined stands for everybody. */
  readonly #askers = new Set<string | undefined>();

  constructor(options: OwnAnnouncementsOptions) {
    this.#options = options;
  }

  /** The first words of a node, or of one that was cut off from the others. */
  hello(): void {
    const { nodeKey, publish } = this.#options;
    this.#tellState(undefined);
    publish({ type: "ask", from: nodeKey, of: null });
  }

  ask(nodeKey: string): void {
    this.#options.publish({ type: "ask", from: this.#options.nodeKey, of: nodeKey });
  }

  beat(): void {
    const { clock, nodeKey, publish } = this.#options;
    publish({ type: "beat", from: nodeKey, number: this.#number, at: clock.now() });
  }

  bye(): void {
    this.#options.publish({ type: "bye", from: this.#options.nodeKey });
  }

  userChanged(userId: string, isPresent: boolean): void {
    if (this.#changed.size === 0) {
      this.#options.clock.after(ANNOUNCE_DELAY_MS, () => this.#announceChanges());
    }
    this.#changed.set(userId, isPresent);
  }

  /**
   * Tells a node that asked all there is to know. It alone: a node that joins asks all others, and were
   * their answers for everybody, it would cost the square of the number of nodes. Where several ask at
   * once there is one answer, for all.
   */
  state(asker: string): void {
    this.#tellState(asker);
  }

  #tellState(asker: string | undefined): void {
    const { clock } = this.#options;
    this.#askers.add(asker);
    if (this.#isStateDue) return;
    const waitMs = this.#stateAt + STATE_PACE_MS - clock.now();
    if (waitMs <= 0) {
      this.#announceState();
      return;
    }
    this.#isStateDue = true;
    clock.after(waitMs, () => {
      this.#isStateDue = false;
      this.#announceState();
    });
  }

  #announceChanges(): void {
    const { nodeKey, publish } = this.#options;
    const changes = [...this.#changed];
    this.#changed.clear();
    const idsOf = (isPresent: boolean) =>
      changes.filter(([, present]) => present === isPresent).map(([userId]) => userId);
    this.#number++;
    publish({
      type: "change",
      from: nodeKey,
      number: this.#number,
      present: idsOf(true),
      absent: idsOf(false),
    });
  }

  /** All parts in one go, so that no change of this node comes between them. */
  #announceState(): void {
    const { clock, nodeKey, present, publish } = this.#options;
    this.#stateAt = clock.now();
    const to = this.#askers.size === 1 ? [...this.#askers][0] : undefined;
    this.#askers.clear();
    const userIds = present();
    const parts = Math.max(Math.ceil(userIds.length / STATE_PART_USERS), 1);
    for (let part = 1; part <= parts; part++) {
      const present = userIds.slice((part - 1) * STATE_PART_USERS, part * STATE_PART_USERS);
      const at = clock.now();
      publish({ type: "state", from: nodeKey, number: this.#number, at, part, parts, present }, to);
    }
  }
}
