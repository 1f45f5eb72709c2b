import type { RunningService } from "@moim/local";
import { DIE_BEFORE_ANNOUNCING } from "./fail-points.ts";
import { type Fault, NotStruck, pickOf, type Scene, type Strike } from "./fault.ts";
import { connectionsOf, NODES, untilDone } from "./world.ts";

const DIES_WITHIN_MS = 3_000;
const COMES_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

const nodeOf = ({ world }: Scene, { pick }: Strike) => pickOf(world.cluster.nodes, pick);
const nodeIdOf = (scene: Scene, strike: Strike) => nodeOf(scene, strike).name;
const oneNode = ({ pick }: Strike) => `node ${Math.min(Math.floor(pick * NODES), NODES - 1)}`;
const restart = ({ world }: Scene, node: RunningService) =>
  untilDone(() => world.cluster.restartNode(node));

/** Something is done to a node that the dice pick, and made good after a while. */
function onOneNode(
  name: string,
  breakIt: (node: RunningService, scene: Scene) => Promise<void> | void,
  mendIt: (node: RunningService, scene: Scene) => Promise<void> | void,
): Fault {
  return {
    name,
    resourceOf: oneNode,
    nodeIdOf,
    async strike(scene, strike) {
      const node = nodeOf(scene, strike);
      if (!(await isSomebodyOn(node, scene)) && !(await isSomebodySentTo(node, scene))) {
        throw new NotStruck(`nobody is connected to ${node.name}`);
      }
      await breakIt(node, scene);
      await scene.wait(strike.lastMs);
      await mendIt(node, scene);
    },
  };
}

/** In a storm nobody is anywhere for a moment. */
async function isSomebodyOn(node: RunningService, { wait }: Scene): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < COMES_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    if ((await connectionsOf(node)) > 0) return true;
    await wait(LOOK_EVERY_MS);
  }
  return false;
}

/**
 * Nobody may have come back to it since it was last restarted: the proxy leaves out for a while who did not
 * answer, and then sends only those who come anew.
 */
function isSomebodySentTo(node: RunningService, scene: Scene): Promise<boolean> {
  scene.say(`nobody writes on ${node.name}: every connection is cut`);
  for (const talker of scene.talkers) talker.network.cut();
  return isSomebodyOn(node, scene);
}

export const nodeKilled = onOneNode(
  "node killed",
  (node, { say }) => {
    say(`kill -9 ${node.name}`);
    return node.kill();
  },
  async (node, scene) => {
    await restart(scene, node);
    scene.say(`${node.name} runs again`);
  },
);

export const nodeStopped = onOneNode(
  "node stopped",
  (node, { say }) => {
    say(`SIGSTOP ${node.name}`);
    node.process.kill("SIGSTOP");
  },
  (node, { say }) => {
    node.process.kill("SIGCONT");
    say(`SIGCONT ${node.name}`);
  },
);

export const nodeDiesBeforeAnnouncing: Fault = {
  name: "node dies between commit and announcement",
  resourceOf: oneNode,
  nodeIdOf,
  async strike(scene, strike) {
    const node = nodeOf(scene, strike);
    scene.world.arm(node.name, DIE_BEFORE_ANNOUNCING);
    const dies = node.process.exited.then(() => true);
    const waits = (ms: number) => scene.wait(ms).then(() => false);
    let isDead = await Promise.race([dies, waits(DIES_WITHIN_MS)]);
    if (!isDead) {
      await isSomebodySentTo(node, scene);
      isDead = await Promise.race([dies, waits(DIES_WITHIN_MS)]);
    }
    if (!isDead) {
      scene.world.disarm(node.name, DIE_BEFORE_ANNOUNCING);
      throw new NotStruck(`${node.name} committed nothing`);
    }
    scene.say(`${node.name} died between commit and announcement`);
    await scene.wait(strike.lastMs);
    await restart(scene, node);
    scene.say(`${node.name} runs again`);
  },
};

export const rollingRestart: Fault = {
  name: "rolling restart",
  resourceOf: () => "nodes",
  async strike(scene) {
    for (const node of [...scene.world.cluster.nodes]) {
      scene.say(`SIGTERM ${node.name}`);
      await node.stop();
      await restart(scene, node);
      scene.say(`${node.name} runs again`);
    }
  },
};
