import { alternate, type Case, median, milliseconds, type Outcome, type Settings } from "./case.ts";
import { onBoth } from "./half-load.ts";
import { summary } from "./saturated.ts";

const OFFERED_PER_SECOND = 10_000;
const SHAPE = { rooms: 500, members: 2, senders: 2 };

/** How much longer than the relay's an acknowledgement takes, which comes after the commit. */
function beyondTheRelay(percentile: 50 | 99, goalMs: number): Case {
  return {
    name: `ack-p${percentile}`,
    title: `acknowledgement at 10,000 sends/s, p${percentile}: ms beyond the relay's`,
    sense: "at most",
    goal: goalMs,
    measure: async (settings) => outcomeOf(await measuredOnce(settings), percentile),
  };
}

type Runs = Awaited<ReturnType<typeof measure>>;
let measured: Promise<Runs> | undefined;

/** Both percentiles are of the same runs. */
function measuredOnce(settings: Settings): Promise<Runs> {
  measured ??= measure(settings);
  return measured;
}

function measure({ rounds, warmUpMs, windowMs }: Settings) {
  return onBoth(async (relay, moim) => {
    const load = { pacePerSecond: OFFERED_PER_SECOND };
    await moim.measure(load, warmUpMs, warmUpMs);
    return alternate(
      rounds,
      () => relay.measure(load, warmUpMs, windowMs),
      () => moim.measure(load, warmUpMs, windowMs),
    );
  }, SHAPE);
}

function outcomeOf([relayRuns, moimRuns]: Runs, percentile: number): Outcome {
  const relayMs = median(relayRuns.map((run) => run.answers.percentileMs(percentile)));
  const moimMs = median(moimRuns.map((run) => run.answers.percentileMs(percentile)));
  return {
    moim: milliseconds(moimMs),
    relay: milliseconds(relayMs),
    ratio: moimMs - relayMs,
    readings: { relay: relayRuns.map(summary), moim: moimRuns.map(summary) },
  };
}

export const acknowledgementMedian = beyondTheRelay(50, 3);
export const acknowledgementTail = beyondTheRelay(99, 15);
