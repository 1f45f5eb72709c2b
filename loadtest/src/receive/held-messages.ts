import type { Change } from "../clients/changes.ts";
import { fingerprint } from "./fingerprint.ts";
import type { FirstStates } from "./first-states.ts";

/** The messages that one receiver holds of a room, as far as they can be compared without keeping them. */
export class HeldMessages {
  readonly #first: FirstStates;
  /** The newest message before the receiver's time: how it and those before it look is not followed. */
  readonly startSeq: number;
  /** The newest message held. */
  seq: number;
  /** The newest one that a person wrote; 0 before the first. */
  lastTalkSeq = 0;
  /** Of messages, with notices, since `startSeq`. */
  count = 0;
  /** Of `fingerprint` of each of them as it is now: equal sums are equal messages, whatever way they came. */
  sum = 0;
  /** By `seq`: where they differ from the `first` ones. */
  #states: Map<number, number> | undefined;
  /** Messages that an answer left out: changed meanwhile, they come with a later change. */
  #holes: Set<number> | undefined;

  constructor(startSeq: number, first: FirstStates) {
    this.#first = first;
    this.startSeq = startSeq;
    this.seq = startSeq;
  }

  add({ seq, key, state }: Change): void {
    this.seq = Math.max(this.seq, seq);
    if (key >= 0) this.lastTalkSeq = Math.max(this.lastTalkSeq, seq);
    this.count++;
    this.sum = (this.sum + fingerprint(seq, key, state)) | 0;
    if (this.#first.of(seq, state) !== state) this.#differ(seq, state);
  }

  /** A message that is held already is another one now. */
  alter({ seq, key, state }: Change): void {
    if (seq <= this.startSeq) return;
    const before = this.#states?.get(seq) ?? this.#first.of(seq, state);
    this.sum = (this.sum - fingerprint(seq, key, before) + fingerprint(seq, key, state)) | 0;
    this.#differ(seq, state);
  }

  /** The newest page alone is known from here on. */
  skipTo(seq: number): void {
    this.seq = Math.max(this.seq, seq);
  }

  leaveHole(seq: number): void {
    this.#holes ??= new Set();
    this.#holes.add(seq);
  }

  /** True if an answer had left this one out. */
  fillHole(seq: number): boolean {
    return this.#holes?.delete(seq) ?? false;
  }

  #differ(seq: number, state: number): void {
    this.#states ??= new Map();
    this.#states.set(seq, state);
  }
}
