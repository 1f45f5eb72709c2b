import type { Reader } from "../workload/reader.ts";
import type { Talker } from "../workload/talker.ts";
import type { World } from "./world.ts";

/** One entry of a schedule: plain data, so that it can be printed, repeated and shrunk. */
export type Strike = {
  readonly fault: string;
  /** After the load has begun. */
  readonly atMs: number;
  readonly lastMs: number;
  /** From 0 to 1: which node, which people. */
  readonly pick: number;
};

/** Where a fault may act: the servers, and the people of its own scenario. */
export type Scene = {
  readonly world: World;
  readonly talkers: readonly Talker[];
  /** A plain socket of a member, behind a network of its own. */
  readonly reader: Reader;
  /** Where they all are. */
  readonly roomIds: readonly string[];
  /** Of the tokens that have been shown to nodes so far: by which keys they are signed. */
  keyIds(): ReadonlySet<string>;
  wait(ms: number): Promise<void>;
  /** Said in the time line. */
  say(what: string): void;
  /** Something was broken from then until now. */
  struck(from: number, fault: string, nodeId: string | undefined): void;
};

export type Fault = {
  readonly name: string;
  /** Which node it strikes, if it is one. */
  nodeIdOf?(scene: Scene, strike: Strike): string;
  /** What no two faults may have in hand at once. */
  resourceOf(strike: Strike): string;
  /** Resolves once all is whole again. Rejects when it could not be done. */
  strike(scene: Scene, strike: Strike): Promise<void>;
};

/** There was nothing to strike at, such as a node on which nobody wrote: no fault, and nothing tested. */
export class NotStruck extends Error {}

export function pickOf<Item>(items: readonly Item[], pick: number): Item {
  const item = items[Math.min(Math.floor(pick * items.length), items.length - 1)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** Half of the people, at least one. */
export function halfOf<Item>(items: readonly Item[], pick: number): Item[] {
  const start = Math.floor(pick * items.length);
  const count = Math.max(1, Math.floor(items.length / 2));
  return Array.from({ length: count }, (_, index) => items[(start + index) % items.length]).flatMap(
    (item) => (item === undefined ? [] : [item]),
  );
}
