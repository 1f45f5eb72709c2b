import type { Message } from "@moim/protocol";

/**
 * Takes from `changes` and from those `ahead` what follows `rev` without a gap, oldest first.
 * What is not newer than `rev` is dropped: it is held already.
 */
export function takeContiguous(
  rev: number,
  ahead: readonly Message[],
  changes: readonly Message[],
): { rev: number; taken: readonly Message[]; ahead: readonly Message[] } {
  const byRev = new Map<number, Message>();
  for (const change of ahead) if (change.rev > rev) byRev.set(change.rev, change);
  for (const change of changes) if (change.rev > rev) byRev.set(change.rev, change);
  const taken: Message[] = [];
  let complete = rev;
  for (let next = byRev.get(rev + 1); next; next = byRev.get(complete + 1)) {
    taken.push(next);
    complete = next.rev;
  }
  const left = [...byRev.values()].filter((change) => change.rev > complete);
  return { rev: complete, taken, ahead: left.sort((one, other) => one.rev - other.rev) };
}
