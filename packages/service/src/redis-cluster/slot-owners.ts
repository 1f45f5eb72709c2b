import { SLOTS, slotOf } from "./slot-of.ts";

/** Which node a channel belongs to. Nodes are named `host:port`. */
export type SlotOwners = {
  /** Every node that owns a slot, in a fixed order. */
  readonly nodes: readonly string[];
  /** Undefined where nobody owns the channel's slot. */
  ownerOf(channel: string): string | undefined;
};

/**
 * Reads the answer to `CLUSTER SLOTS`: ranges, each with its owner first. A node that does not know its
 * own address leaves the host out, which means the one that was asked: `hostAsked`.
 */
export function readSlotOwners(answer: unknown, hostAsked: string): SlotOwners {
  const owners = new Array<string | undefined>(SLOTS).fill(undefined);
  for (const [from, to, owner] of (Array.isArray(answer) ? answer : []) as SlotRange[]) {
    if (owner) owners.fill(`${owner[0] || hostAsked}:${owner[1]}`, from, to + 1);
  }
  return {
    nodes: [...new Set(owners.filter((node) => node !== undefined))].sort(),
    ownerOf: (channel) => owners[slotOf(channel)],
  };
}

type SlotRange = [from: number, to: number, owner?: [host: string | null, port: number]];
