import type { Client } from "pg";
import type { Strike } from "../faults/fault.ts";
import type { Allowances, Rule } from "../history/history.ts";

export type Scenario = {
  readonly name: string;
  /** What is done, and when, by this scenario's own dice. */
  schedule(random: () => number): Strike[];
  /** How long people talk, at least: until the last fault is over. */
  readonly loadMs: number;
  /** Everybody has everything by then, or never will. */
  readonly settleMs?: number;
  readonly talkers?: number;
  readonly pauseMs?: number;
  readonly burst?: number;
  readonly padding?: number;
  /** Clocks of devices that go wrong, by the talkers' order. */
  readonly skewsMs?: readonly number[];
  /** The second person has the same browser open twice. */
  readonly hasTwoTabs?: boolean;
  /** Plain sockets whose tokens run out after so many seconds. */
  readonly expiringSeconds?: readonly number[];
  /** Others run beside it: people come and go more slowly. */
  readonly isCrowded?: boolean;
  /** As the dice fall, some strikes may find nobody there; otherwise each must strike. */
  readonly mayMiss?: boolean;
  readonly allowances?: Partial<Allowances>;
  /**
   * When people have stopped talking, one word is said in each room, under these fail points and while the
   * schedule goes on; then nothing more is said for so long.
   */
  readonly silence?: { readonly failPoints?: readonly string[]; readonly lastsMs: number };
  /** Something is broken on purpose, and this must be found. */
  readonly control?: Control;
  /** Why it cannot be run here. */
  problem?(world: { smallDisk: object }): string | undefined;
};

export type Control = {
  readonly finds: Rule;
  /** Of that rule, each of these must be among what is found. */
  readonly says?: readonly RegExp[];
  /** Armed on every node while people talk. */
  readonly failPoints: readonly string[];
  /** Done to the database when all has come to rest. */
  tamper?(database: Client, roomId: string): Promise<unknown>;
};

/** As promised: revocation within a second, expiry at once. Timers of a busy machine are late. */
export const ALLOWANCES: Allowances = {
  revocationMs: 1_500,
  expiryMs: 500,
  unheededMs: Number.POSITIVE_INFINITY,
};
