import { createHash } from "node:crypto";
import { seededRandom } from "@moim/local";

/** Dice of its own for everybody, so that one person's throws do not depend on another's timing. */
export function randomOfSeed(seed: number): (name: string) => () => number {
  return (name) =>
    seededRandom(createHash("sha256").update(`${seed} ${name}`).digest().readInt32LE());
}
