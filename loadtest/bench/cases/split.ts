import { type Measured, withCrowds } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
import {
  type Case,
  cpuOf,
  measuredOnce,
  type Outcome,
  type Settings,
  withServers,
} from "./case.ts";
import { summary } from "./saturated.ts";

const SHAPE = { rooms: 50, members: 20, senders: 20 };
/** Well below what one node bears, so that all carry the same. */
const LOAD = { pacePerSecond: 1_000 };

const micros = (value: number) => `${value.toFixed(2)} µs`;

type Runs = { one: Measured[]; two: Measured[]; three: Measured[] };

async function measure({ rounds, warmUpMs, windowMs }: Settings): Promise<Runs> {
  const servers = [await startMoim(1), await startMoim(2), await startMoim(2)] as const;
  return withServers(servers, (...started) =>
    withCrowds(started, SHAPE, async (one, two, three) => {
      const crowds = { one, two, three };
      // Everybody is on the other two.
      await started[2].addNode();
      const runs: Runs = { one: [], two: [], three: [] };
      // Code that has run a while is faster: whoever is measured later must not gain by it.
      for (const crowd of Object.values(crowds)) await crowd.measure(LOAD, warmUpMs, windowMs);
      for (let round = 0; round < rounds; round++) {
        for (const nodes of ["one", "two", "three"] as const) {
          runs[nodes].push(await crowds[nodes].measure(LOAD, warmUpMs, windowMs));
        }
      }
      return runs;
    }),
  );
}

const splitRuns = measuredOnce(measure);

function compared(some: readonly Measured[], others: readonly Measured[]): Outcome {
  return {
    moim: micros(cpuOf(some)),
    relay: `${micros(cpuOf(others))} (nodes)`,
    ratio: cpuOf(some) / cpuOf(others),
    readings: { more: some.map(summary), fewer: others.map(summary) },
  };
}

export const twoNodes: Case = {
  name: "two-nodes",
  title: "members on two nodes: CPU per delivery to one node's",
  sense: "at most",
  goal: 1.3,
  async measure(settings) {
    const { one, two } = await splitRuns(settings);
    return compared(two, one);
  },
};

export const idleNode: Case = {
  name: "idle-node",
  title: "a third node without members: CPU per delivery to two nodes'",
  sense: "at most",
  goal: 1.02,
  async measure(settings) {
    const { two, three } = await splitRuns(settings);
    return compared(three, two);
  },
};
