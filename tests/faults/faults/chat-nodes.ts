import type { RunningService } from "@moim/local";
import { DIE_BEFORE_ANNOUNCING } from "./fail-points.ts";
import { type Fault, NotStruck, pickOf, type Scene, type Strike } from "./fault.ts";
import { NODES, revive } from "./world.ts";

const DIES_WITHIN_MS = 3_000;

const nodeOf = ({ world }: Scene, { pick }: Strike) => pickOf(world.cluster.nodes, pick);
const oneNode = ({ pick }: Strike) => `node ${Math.min(Math.floor(pick * NODES), NODES - 1)}`;
const restart = ({ world }: Scene, node: RunningService) =>
  revive(() => world.cluster.restartNode(node));

export const nodeKilled: Fault = {
  name: "node killed",
  resourceOf: oneNode,
  async strike(scene, strike) {
    const node = nodeOf(scene, strike);
    scene.say(`kill -9 ${node.name}`);
    await node.kill();
    await scene.wait(strike.lastMs);
    await restart(scene, node);
    scene.say(`${node.name} runs again`);
  },
};

export const nodeDiesBeforeAnnouncing: Fault = {
  name: "node dies between commit and announcement",
  resourceOf: oneNode,
  async strike(scene, strike) {
    const node = nodeOf(scene, strike);
    scene.world.arm(node.name, DIE_BEFORE_ANNOUNCING);
    const dies = node.process.exited.then(() => true);
    const waits = (ms: number) => scene.wait(ms).then(() => false);
    let isDead = await Promise.race([dies, waits(DIES_WITHIN_MS)]);
    if (!isDead) {
      // Nobody may have come back to it since it was last restarted: the proxy sends them where few are.
      scene.say(`nobody writes on ${node.name}: every connection is cut`);
      for (const talker of scene.talkers) talker.network.cut();
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

export const nodeStopped: Fault = {
  name: "node stopped",
  resourceOf: oneNode,
  async strike(scene, strike) {
    const node = nodeOf(scene, strike);
    scene.say(`SIGSTOP ${node.name}`);
    node.process.kill("SIGSTOP");
    await scene.wait(strike.lastMs);
    node.process.kill("SIGCONT");
    scene.say(`SIGCONT ${node.name}`);
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
