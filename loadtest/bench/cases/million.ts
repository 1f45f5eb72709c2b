import { type Bench, withCrowds } from "../load.ts";
import { fillMessages } from "../servers/insert-rooms.ts";
import { startMoim } from "../servers/moim.ts";
import { alternate, type Case, median, perSecond, withServers } from "./case.ts";
import { summary } from "./saturated.ts";

const MESSAGES = 1_000_000;
const SHAPE = { rooms: 250, members: 2, senders: 2 };

/** The same sends to a database that holds a million messages, and to one that holds none. */
export const million: Case = {
  name: "million",
  title: "sends with a million messages stored, to the empty database: rate",
  sense: "at least",
  goal: 0.9,
  async measure({ rounds, scale, warmUpMs, windowMs }) {
    return withServers([await startMoim(1), await startMoim(1)], async (empty, full) => {
      const send = (crowd: Bench) => () => crowd.measure({ saturate: 1 }, warmUpMs, windowMs);
      const [emptyRuns, fullRuns] = await withCrowds([empty, full], SHAPE, async (...crowds) => {
        await fillMessages(full.pool, Math.round(MESSAGES * scale));
        return alternate(rounds, send(crowds[0]), send(crowds[1]));
      });
      const [emptyRate, fullRate] = [emptyRuns, fullRuns].map((runs) =>
        median(runs.map((run) => run.answersPerSecond)),
      );
      return {
        moim: perSecond(fullRate ?? Number.NaN),
        relay: `${perSecond(emptyRate ?? Number.NaN)} (empty)`,
        ratio: (fullRate ?? Number.NaN) / (emptyRate ?? 1),
        readings: { empty: emptyRuns.map(summary), full: fullRuns.map(summary) },
      };
    });
  },
};
