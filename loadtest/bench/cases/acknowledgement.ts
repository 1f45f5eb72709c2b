import { type Bench, type Measured, withCrowds } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import type { Server } from "../servers/server.ts";
import {
  alternate,
  type Case,
  cpuOf,
  measuredOnce,
  median,
  milliseconds,
  type Outcome,
  perSecond,
  type Settings,
  withServers,
} from "./case.ts";
import { summary } from "./saturated.ts";

/** The goal's first; the others only where that is not carried, down to what is. */
const OFFERED_PER_SECOND = [10_000, 9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000, 2_000];
/** Answered of what was offered: less of it, and the rest piles up. */
const CARRIED_PART = 0.98;
const SHAPE = { rooms: 500, members: 2, senders: 2 };

/** How much longer than the relay's an acknowledgement takes, which comes after the commit. */
function beyondTheRelay(percentile: 50 | 99, goalMs: number): Case {
  return {
    name: `ack-p${percentile}`,
    title: `acknowledgement at 10,000 sends/s, p${percentile}: ms beyond the relay's`,
    sense: "at most",
    goal: goalMs,
    measure: async (settings) => outcomeOf(await runsOf(settings), percentile),
  };
}

type Runs = { carriedPerSecond: number; relay: Measured[]; moim: Measured[] };

const runsOf = measuredOnce(measure);

async function measure(settings: Settings): Promise<Runs> {
  return withServers([await startRelay(), await startMoim(1)], async (relay, moim) => {
    for (const rate of OFFERED_PER_SECOND) {
      const runs = await measureAt(rate, relay, moim, settings);
      if (runs) return { carriedPerSecond: rate, ...runs };
    }
    throw new Error(`not even ${OFFERED_PER_SECOND.at(-1)} sends/s were carried`);
  });
}

/** Undefined when Moim does not carry it. */
async function measureAt(
  pacePerSecond: number,
  relay: Server,
  moim: Server,
  { rounds, warmUpMs, windowMs }: Settings,
): Promise<Omit<Runs, "carriedPerSecond"> | undefined> {
  const load = { pacePerSecond };
  const measure = (crowd: Bench) => crowd.measure(load, warmUpMs, windowMs);
  const isCarried = (run: Measured) => run.answersPerSecond >= CARRIED_PART * pacePerSecond;
  try {
    // Anew for each rate: a crowd that was refused something is of no more use.
    return await withCrowds([relay, moim], SHAPE, async (...crowds) => {
      if (!isCarried(await measure(crowds[1]))) return undefined;
      const [relayRuns, moimRuns] = await alternate(
        rounds,
        () => measure(crowds[0]),
        () => measure(crowds[1]),
      );
      const isSteady = moimRuns.filter(isCarried).length > rounds / 2;
      return isSteady ? { relay: relayRuns, moim: moimRuns } : undefined;
    });
  } catch (error) {
    // Refused, which is how a node says that it is offered too much.
    if (String(error).includes("unavailable")) return undefined;
    throw error;
  }
}

/** What was not carried has no percentile; what is shown then is of the highest rate that was. */
function outcomeOf({ carriedPerSecond, relay, moim }: Runs, percentile: number): Outcome {
  const [relayMs = Number.NaN, moimMs = Number.NaN] = [relay, moim].map((runs) =>
    median(runs.map((run) => run.answers.percentileMs(percentile))),
  );
  const isCarried = carriedPerSecond === OFFERED_PER_SECOND[0];
  const at = isCarried ? "" : ` at ${perSecond(carriedPerSecond)}`;
  return {
    moim: `${isCarried ? "" : "not carried; "}${milliseconds(moimMs)}${at}`,
    relay: `${milliseconds(relayMs)}${at}`,
    ratio: isCarried ? moimMs - relayMs : null,
    cpuPerDelivery: { moim: cpuOf(moim), relay: cpuOf(relay) },
    readings: {
      carriedPerSecond,
      beyondRelayMs: moimMs - relayMs,
      relay: relay.map(summary),
      moim: moim.map(summary),
    },
  };
}

export const acknowledgementMedian = beyondTheRelay(50, 3);
export const acknowledgementTail = beyondTheRelay(99, 15);
