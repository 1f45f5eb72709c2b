/** Goes round; the order in which to try the targets for one connection. */
export class RoundRobin<Target> {
  #next = 0;

  order(targets: readonly Target[]): Target[] {
    if (targets.length === 0) return [];
    const first = this.#next++ % targets.length;
    return [...targets.slice(first), ...targets.slice(0, first)];
  }
}
