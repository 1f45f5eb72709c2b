import { Deadlines } from "../accept/deadlines.ts";
import type { Clock } from "../clock.ts";
import { ABSENT_AFTER_MS } from "./bounds.ts";

type OwnUser = { userId: string; socketIds: Set<string> };

export type OwnUsersOptions = {
  clock: Clock;
  /** The user's first socket has come. */
  onPresent(userId: string): void;
  /** The last socket has gone, which does not count yet. */
  onLastSocketGone(userId: string): void;
  /** No socket has come back in time. */
  onAbsent(userId: string): void;
};

/** Who is present on this node: at least one live socket, or none for less than 10 s. */
export class OwnUsers {
  readonly #options: OwnUsersOptions;
  readonly #deadlines: Deadlines;
  readonly #users = new Map<string, OwnUser>();

  constructor(options: OwnUsersOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
  }

  has(userId: string): boolean {
    return this.#users.has(userId);
  }

  userIds(): string[] {
    return [...this.#users.keys()];
  }

  /** Those with a socket at this moment. */
  connectedUserIds(): string[] {
    return [...this.#users.values()]
      .filter(({ socketIds }) => socketIds.size > 0)
      .map(({ userId }) => userId);
  }

  socketArrived(userId: string, socketId: string): void {
    const present = this.#users.get(userId);
    if (present) {
      this.#deadlines.cancel(present);
      present.socketIds.add(socketId);
      return;
    }
    this.#users.set(userId, { userId, socketIds: new Set([socketId]) });
    this.#options.onPresent(userId);
  }

  socketGone(userId: string, socketId: string): void {
    const { clock, onAbsent, onLastSocketGone } = this.#options;
    const user = this.#users.get(userId);
    if (!user?.socketIds.delete(socketId) || user.socketIds.size > 0) return;
    onLastSocketGone(userId);
    this.#deadlines.set(user, clock.now() + ABSENT_AFTER_MS, () => {
      this.#users.delete(userId);
      onAbsent(userId);
    });
  }
}
