import { type Fault, NotStruck, pickOf, type Scene, type Strike } from "./fault.ts";
import { linesOf, untilDone } from "./world.ts";

const lineOf = ({ world }: Scene, { pick }: Strike) => {
  const node = pickOf(world.cluster.nodes, pick);
  return { node, line: linesOf(world, node).redis };
};

export const redisKilled: Fault = {
  name: "redis killed, restarted empty",
  resourceOf: () => "redis",
  async strike({ world, wait, say }, { lastMs }) {
    say("kill -9 redis");
    world.cluster.redis.process.kill("SIGKILL");
    await world.cluster.redis.process.exited;
    await wait(lastMs);
    await untilDone(() => world.cluster.restartRedis());
    say("redis runs again, empty");
  },
};

export const redisPaused: Fault = {
  name: "redis paused",
  resourceOf: () => "redis",
  async strike({ world, wait, say }, { lastMs }) {
    const { redis } = world.cluster;
    say("SIGSTOP redis");
    redis.process.kill("SIGSTOP");
    await wait(lastMs);
    redis.process.kill("SIGCONT");
    say("SIGCONT redis");
  },
};

export const redisPartitioned: Fault = {
  name: "redis cut off from one node",
  resourceOf: () => "redis",
  async strike(scene, strike) {
    const { node, line } = lineOf(scene, strike);
    scene.say(`nothing passes between ${node.name} and redis`);
    const before = line.impaired;
    line.network = "half-open";
    await scene.wait(strike.lastMs);
    line.mend();
    if (line.impaired === before) throw new NotStruck(`${node.name} said nothing to redis`);
    scene.say(`${node.name} reaches redis again`);
  },
};

export const redisRefused: Fault = {
  name: "redis refuses one node",
  resourceOf: () => "redis",
  async strike(scene, strike) {
    const { node, line } = lineOf(scene, strike);
    scene.say(`redis refuses ${node.name}`);
    const before = line.impaired;
    line.network = "down";
    line.cut();
    await scene.wait(strike.lastMs);
    line.mend();
    if (line.impaired === before) throw new NotStruck(`${node.name} did not ask for redis`);
    scene.say(`redis takes ${node.name} again`);
  },
};

export const subscriptionDead: Fault = {
  name: "subscription silently dead",
  resourceOf: () => "redis",
  async strike(scene, strike) {
    const { node, line } = lineOf(scene, strike);
    const frozen = line.freeze("moim-chat-subscriber");
    if (frozen === 0) throw new NotStruck(`${node.name} has no subscription to freeze`);
    scene.say(`nothing comes any more on the subscription of ${node.name}`);
    const before = line.impaired;
    await scene.wait(strike.lastMs);
    if (line.impaired === before) throw new NotStruck(`nobody spoke on it to ${node.name}`);
  },
};
