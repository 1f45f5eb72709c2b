/** What one socket wants to know. */
export type Watch = {
  readonly socketId: string;
  /** Whose socket it is. */
  readonly userId: string;
  /** The watched, and what the socket was last told of each: whether they are online. */
  told: Map<string, boolean>;
  /** The newest question: an older one that is answered later replaces nothing. */
  turn: number;
  /** Its token has run out: nothing is delivered until it is renewed. */
  isPaused: boolean;
};

/** Every live socket's watch, found by the socket and by the watched. */
export class Watches {
  readonly #bySocket = new Map<string, Watch>();
  readonly #byWatched = new Map<string, Set<Watch>>();

  add(userId: string, socketId: string): void {
    const told = new Map<string, boolean>();
    this.#bySocket.set(socketId, { socketId, userId, told, turn: 0, isPaused: false });
  }

  remove(socketId: string): void {
    const watch = this.#bySocket.get(socketId);
    if (!watch) return;
    this.#bySocket.delete(socketId);
    for (const watchedId of watch.told.keys()) this.#unlink(watch, watchedId);
  }

  /** Sockets that watch at least one user. */
  get watchers(): number {
    let count = 0;
    for (const { told } of this.#bySocket.values()) if (told.size > 0) count++;
    return count;
  }

  of(socketId: string): Watch | undefined {
    return this.#bySocket.get(socketId);
  }

  isWatched(userId: string): boolean {
    return this.#byWatched.has(userId);
  }

  watching(userId: string): Iterable<Watch> {
    return this.#byWatched.get(userId) ?? [];
  }

  /** From now on the socket watches these, and these only. */
  replace(watch: Watch, told: ReadonlyMap<string, boolean>): void {
    if (this.#bySocket.get(watch.socketId) !== watch) return;
    for (const watchedId of watch.told.keys()) this.#unlink(watch, watchedId);
    watch.told = new Map(told);
    for (const watchedId of told.keys()) {
      const watching = this.#byWatched.get(watchedId);
      if (watching) watching.add(watch);
      else this.#byWatched.set(watchedId, new Set([watch]));
    }
  }

  forget(watch: Watch, watchedId: string): void {
    if (watch.told.delete(watchedId)) this.#unlink(watch, watchedId);
  }

  #unlink(watch: Watch, watchedId: string): void {
    const watching = this.#byWatched.get(watchedId);
    if (watching?.delete(watch) && watching.size === 0) this.#byWatched.delete(watchedId);
  }
}
