import type { Network } from "./tcp-proxy.ts";

/** Hands something over when it has travelled, in the order in which it was given. */
export type Conveyor = (network: Network, handOver: () => void) => void;

const SLOW_MS = 250;
const LOSSY_MS = 300;
const LOST_SHARE = 0.05;
/** TCP sends again what was not confirmed; whatever follows waits for it. */
const SENT_AGAIN_AFTER_MS = 400;

/** One direction of one connection. Order holds, also where a slow network becomes a quick one. */
export function conveyor(random: () => number): Conveyor {
  let under = 0;
  let before: Promise<void> = Promise.resolve();
  return (network, handOver) => {
    const lateMs = latenessOf(network, random);
    if (lateMs === 0 && under === 0) {
      handOver();
      return;
    }
    under += 1;
    const due = new Promise<void>((resolve) => setTimeout(resolve, lateMs));
    before = Promise.all([before, due]).then(() => {
      under -= 1;
      handOver();
    });
  };
}

function latenessOf(network: Network, random: () => number): number {
  if (network === "slow") return SLOW_MS;
  if (network !== "lossy") return 0;
  return random() < LOST_SHARE ? LOSSY_MS + SENT_AGAIN_AFTER_MS : LOSSY_MS;
}
