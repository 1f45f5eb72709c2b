import type { FaultTimes } from "../arguments/parse-arguments.ts";
import type { FaultControls } from "../site/site.ts";
import type { Outage } from "../verdict/judge-told.ts";
import type { FaultMark } from "./result.ts";

type FaultName = keyof FaultTimes & string;

const FAULTS: Record<FaultName, { what: string; does: keyof FaultControls }> = {
  killNode: { what: "node killed", does: "killNode" },
  restartRedis: { what: "Redis killed", does: "restartRedis" },
  rollingRestart: { what: "rolling restart", does: "rollingRestart" },
};

/** A part's outages, from what was done in it since it began at `startMicros`. */
export function redisOutagesOf(marks: readonly FaultMark[], startMicros: number): Outage[] {
  const at = (second: number) => startMicros + second * 1_000_000;
  return marks
    .filter(({ what }) => what === FAULTS.restartRedis.what)
    .map(({ second, endSecond }) => ({
      fromMicros: at(second),
      untilMicros: at(endSecond ?? Number.POSITIVE_INFINITY),
    }));
}

/** These two would stop and start the same nodes: the later one waits until the earlier one is over. */
const OF_NODES: readonly FaultName[] = ["killNode", "rollingRestart"];

/**
 * Does each fault at its time after `leadMs`. `done` resolves to when they were, once the cluster is whole
 * again; it rejects when it does not become so.
 */
export function scheduleFaults(
  controls: FaultControls | undefined,
  times: FaultTimes,
  leadMs: number,
): { done(): Promise<FaultMark[]> } {
  const startMs = performance.now() + leadMs;
  const second = () => Math.round((performance.now() - startMs) / 100) / 10;
  const marks: FaultMark[] = [];
  let nodesWhole: Promise<unknown> = Promise.resolve();
  const begin = async (name: FaultName) => {
    const { what, does } = FAULTS[name];
    const mark: FaultMark = { second: second(), endSecond: null, what };
    marks.push(mark);
    await controls?.[does]();
    mark.endSecond = second();
  };
  const running = (Object.keys(FAULTS) as FaultName[]).flatMap((name) =>
    times[name].map(async (atMs) => {
      await new Promise((resolve) => setTimeout(resolve, leadMs + atMs));
      if (!OF_NODES.includes(name)) return begin(name);
      const turn = nodesWhole.then(() => begin(name));
      nodesWhole = turn;
      return turn;
    }),
  );
  const all = Promise.allSettled(running);
  return {
    async done() {
      for (const result of await all) if (result.status === "rejected") throw result.reason;
      return marks.sort((one, other) => one.second - other.second);
    },
  };
}
