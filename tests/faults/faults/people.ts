import type { Network } from "@moim/local";
import { type Fault, halfOf, type Scene } from "./fault.ts";

const STORM_EVERY_MS = 700;

/** One network after another gets worse, and well again; people differ by `pick`. */
function network(name: string, condition: Network): Fault {
  return {
    name,
    resourceOf: () => "networks",
    async strike({ talkers, wait, say }, { lastMs, pick }) {
      const hit = halfOf(talkers, pick);
      say(`${condition}: ${hit.map(({ client }) => client).join(", ")}`);
      for (const talker of hit) talker.network.network = condition;
      await wait(lastMs);
      for (const talker of hit) talker.network.mend();
      say("the networks are well again");
    },
  };
}

export const answersLost = network("answers dropped after the commit", "answers lost");
export const halfOpen = network("half-open sockets", "half-open");
export const frozenReaders = network("frozen readers", "stalled");
export const lossyNetwork = network("5 % loss and 300 ms delay", "lossy");

export const reconnectStorm: Fault = {
  name: "reconnect storm",
  resourceOf: () => "networks",
  async strike({ talkers, wait, say }, { lastMs }) {
    for (let passedMs = 0; passedMs < lastMs; passedMs += STORM_EVERY_MS) {
      say("every connection is cut");
      for (const talker of talkers) talker.network.cut();
      await wait(STORM_EVERY_MS);
    }
  },
};

export const signOut: Fault = {
  name: "sign-out while sending",
  resourceOf: () => "people",
  async strike(scene, { lastMs }) {
    await scene.wait(lastMs);
    const leaving = lastTalker(scene);
    scene.say(`${leaving.client} signs out`);
    await leaving.signOut();
    scene.say(`${leaving.client} has signed out`);
  },
};

/** Nobody else needs the last one: owners and members of the core stand before. */
function lastTalker({ talkers }: Scene) {
  const last = talkers.findLast(({ isGone }) => !isGone);
  if (!last) throw new Error("nobody is left to sign out");
  return last;
}
