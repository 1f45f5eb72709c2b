import { eventually } from "./patience.ts";
import type { Person } from "./person.ts";

const ATTEMPTS_MAX = 10;

/** Waits until a person has a connection other than `before`. */
async function reconnected(person: Person, before: unknown): Promise<void> {
  await eventually(
    () => person.wire.live !== undefined && person.wire.live !== before,
    `${person.nickname} is back`,
  ).toBe(true);
}

/** The proxy spreads by load, which is even for two people who came at once: one may have to move. */
export async function sitOnDifferentNodes(one: Person, other: Person): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (one.wire.nodeId !== other.wire.nodeId) return;
    const before = other.wire.live;
    other.cable.cut();
    await reconnected(other, before);
  }
  throw new Error(`both stay on ${one.wire.nodeId}`);
}
