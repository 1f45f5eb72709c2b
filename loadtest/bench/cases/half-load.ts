import { type Bench, type Measured, withCrowds } from "../load.ts";
import { type CommitTimes, startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import { alternate, type Case, cpuOf, median, milliseconds, withServers } from "./case.ts";
import { summary } from "./saturated.ts";

const SHAPE = { rooms: 50, members: 20, senders: 20 };

const SATURATED_RUNS = 3;

/** Beyond the relay's own slowest hundredth, a delivery may wait for one commit. */
export const halfLoad: Case = {
  name: "half-load",
  title: "p99 of delivery at half the relay's saturation, to the relay's + one commit",
  sense: "at most",
  goal: 1,
  measure({ rounds, warmUpMs, windowMs }) {
    return onBoth(async (relay, moim, commitTimes) => {
      const saturated: Measured[] = [];
      for (let round = 0; round < Math.min(rounds, SATURATED_RUNS); round++) {
        saturated.push(await relay.measure({ saturate: 4 }, warmUpMs, windowMs));
      }
      const load = { pacePerSecond: median(saturated.map((run) => run.answersPerSecond)) / 2 };
      await moim.measure(load, warmUpMs, warmUpMs);
      await commitTimes();
      const [relayRuns, moimRuns] = await alternate(
        rounds,
        () => relay.measure(load, warmUpMs, windowMs),
        () => moim.measure(load, warmUpMs, windowMs),
      );
      const commits = await commitTimes();
      const relayMs = median(relayRuns.map((run) => run.deliveries.percentileMs(99)));
      const moimMs = median(moimRuns.map((run) => run.deliveries.percentileMs(99)));
      return {
        moim: milliseconds(moimMs),
        relay: `${milliseconds(relayMs)} + ${milliseconds(commits.meanMs)}`,
        ratio: moimMs / (relayMs + commits.meanMs),
        cpuPerDelivery: { moim: cpuOf(moimRuns), relay: cpuOf(relayRuns) },
        readings: {
          offeredPerSecond: load.pacePerSecond,
          commits,
          relay: relayRuns.map(summary),
          moim: moimRuns.map(summary),
        },
      };
    }, SHAPE);
  },
};

/** A crowd of this shape at the relay and at one node. */
async function onBoth<Result>(
  work: (relay: Bench, moim: Bench, commitTimes: () => Promise<CommitTimes>) => Promise<Result>,
  shape: typeof SHAPE,
): Promise<Result> {
  return withServers([await startRelay(), await startMoim(1)], async (relay, moim) => {
    return withCrowds([relay, moim], shape, (...crowds) =>
      work(...crowds, () => moim.commitTimes()),
    );
  });
}
