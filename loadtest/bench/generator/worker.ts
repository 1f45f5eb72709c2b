import { setTimeout as wait } from "node:timers/promises";
import { serveTasks } from "../../src/workers/serve-tasks.ts";
import { Crowd } from "./crowd.ts";
import type { GeneratorTasks } from "./tasks.ts";

/* One process of the generator: it does what it is asked, and reports what must not happen. */

const LOOK_MS = 5;

const failures: string[] = [];
const crowd = new Crowd((reason) => failures.push(reason));

function failIfFailed(): void {
  const [first] = failures;
  if (first !== undefined) throw new Error(`${failures.length} failures, the first: ${first}`);
}

serveTasks<GeneratorTasks, never>({
  async connect({ sockets, atOnce }) {
    await crowd.connect(sockets, atOnce);
    return null;
  },
  saturate({ inFlight }) {
    crowd.saturate(inFlight);
    return null;
  },
  pace({ perSecond }) {
    crowd.pace(perSecond);
    return null;
  },
  mark() {
    crowd.mark();
    return null;
  },
  read() {
    failIfFailed();
    return crowd.counts();
  },
  account() {
    failIfFailed();
    return crowd.account();
  },
  async stop() {
    crowd.stop();
    while (crowd.onTheirWay > 0 && failures.length === 0) await wait(LOOK_MS);
    failIfFailed();
    return null;
  },
});
