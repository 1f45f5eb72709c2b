import type { Shape } from "../crowd-plan.ts";
import { type Bench, type Measured, withCrowds } from "../load.ts";
import { startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import {
  alternate,
  type Case,
  cpuOf,
  median,
  perSecond,
  type Settings,
  withServers,
} from "./case.ts";

/** Deliveries per second where everybody sends as fast as they are answered. */
function saturated(
  head: Pick<Case, "name" | "title" | "goal">,
  shape: Shape,
  inFlight: number,
): Case {
  return {
    ...head,
    sense: "at least",
    async measure({ rounds, warmUpMs, windowMs, scale }: Settings) {
      const load = { saturate: inFlight };
      return withServers([await startRelay(), await startMoim(1)], async (relay, moim) => {
        const measure = (crowd: Bench) => () => crowd.measure(load, warmUpMs, windowMs);
        const [relayRuns, moimRuns] = await withCrowds(
          [relay, moim],
          scaled(shape, scale),
          (...crowds) => alternate(rounds, measure(crowds[0]), measure(crowds[1])),
        );
        const commits = await moim.commitTimes();
        const rates = [relayRuns, moimRuns].map((runs) =>
          median(runs.map((run) => run.deliveriesPerSecond)),
        );
        const [relayRate = Number.NaN, moimRate = Number.NaN] = rates;
        return {
          moim: perSecond(moimRate),
          relay: perSecond(relayRate),
          ratio: moimRate / relayRate,
          cpuPerDelivery: { moim: cpuOf(moimRuns), relay: cpuOf(relayRuns) },
          readings: { commits, relay: relayRuns.map(summary), moim: moimRuns.map(summary) },
        };
      });
    },
  };
}

/** Fewer of many rooms; of a single one fewer members. */
function scaled({ rooms, members, senders }: Shape, scale: number): Shape {
  if (rooms > 1) return { rooms: Math.max(2, Math.round(rooms * scale)), members, senders };
  const part = (people: number) => Math.max(2, Math.round(people * scale));
  return { rooms, members: part(members), senders: part(senders) };
}

/** What stays in the committed result of a run. */
export function summary(run: Measured): Record<string, unknown> {
  const { deliveriesPerSecond, answersPerSecond, cpuPerDelivery, serverCores, generatorCores } =
    run;
  const { answeredInAll, deliveredInAll } = run;
  const isTimed = run.answers.count > 0;
  return {
    ...{ deliveriesPerSecond, answersPerSecond, cpuPerDelivery, serverCores, generatorCores },
    ...{ answeredInAll, deliveredInAll },
    ...(isTimed ? { answers: run.answers.summary(), deliveries: run.deliveries.summary() } : {}),
  };
}

export const manyRooms = saturated(
  { name: "rooms", title: "50 rooms × 20, saturated: deliveries", goal: 3 },
  { rooms: 50, members: 20, senders: 20 },
  4,
);

export const largeRoom = saturated(
  { name: "large-room", title: "one room × 500, saturated: deliveries", goal: 20 },
  { rooms: 1, members: 500, senders: 50 },
  10,
);
