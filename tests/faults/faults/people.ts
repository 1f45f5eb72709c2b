import type { Network, TcpProxy } from "@moim/local";
import { type Fault, halfOf, NotStruck, type Scene } from "./fault.ts";
import { slowConsumersOf } from "./world.ts";

const STORM_EVERY_MS = 700;
/** A node looks at what waits every second or so, and what the systems in between take must be full before. */
const FROZEN_MS_MAX = 15_000;
const ASK_EVERY_MS = 20;

/** One network after another gets worse, and well again; people differ by `pick`. */
function network(name: string, condition: Network): Fault {
  return {
    name,
    resourceOf: () => "networks",
    async strike({ talkers, wait, say }, { lastMs, pick }) {
      const hit = halfOf(talkers, pick);
      say(`${condition}: ${hit.map(({ client }) => client).join(", ")}`);
      const before = impairedOf(hit);
      for (const talker of hit) talker.network.network = condition;
      await wait(lastMs);
      for (const talker of hit) talker.network.mend();
      const felt = impairedOf(hit) - before;
      say(`the networks are well again; ${felt} pieces did not pass as they should have`);
      if (felt === 0) throw new NotStruck("nothing was said on these networks");
    },
  };
}

function impairedOf(people: readonly { network: TcpProxy }[]): number {
  return people.reduce((sum, { network }) => sum + network.impaired, 0);
}

export const answersLost = network("answers dropped after the commit", "answers lost");
export const halfOpen = network("half-open sockets", "half-open");

/** People, and somebody who asks for much, read nothing any more, until a node has given that one up. */
export const frozenReaders: Fault = {
  name: "frozen readers",
  resourceOf: () => "networks",
  async strike({ world, talkers, reader, roomIds, wait, say }, { lastMs, pick }) {
    const hit = [...halfOf(talkers, pick), reader];
    const before = await slowConsumersOf(world);
    say(`read nothing any more: ${hit.map(({ client }) => client).join(", ")}`);
    for (const { network } of hit) network.network = "stalled";
    const begunAt = Date.now();
    let cuts = 0;
    while (Date.now() - begunAt < (cuts > 0 ? lastMs : FROZEN_MS_MAX)) {
      reader.ask("message:page", { roomId: roomIds[0], limit: 100 });
      await wait(ASK_EVERY_MS);
      cuts = (await slowConsumersOf(world)) - before;
    }
    for (const { network } of hit) network.mend();
    say(`they read again; given up: ${cuts}`);
    if (cuts <= 0) throw new NotStruck("no node gave up a reader who reads nothing");
  },
};

export const lossyNetwork = network("5 % loss and 300 ms delay", "lossy");

export const reconnectStorm: Fault = {
  name: "reconnect storm",
  // Not the networks: it rages over good ones and bad ones.
  resourceOf: () => "storm",
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
