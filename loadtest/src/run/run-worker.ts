import { machineMicros } from "../measure/machine-clock.ts";
import { serveTasks } from "../workers/serve-tasks.ts";
import { RunShare } from "./run-share.ts";
import type { RunReport, RunTasks } from "./tasks.ts";

/* One process of a run: so many users, their sockets, and what they measure. */

const SAMPLE_MS = 1_000;

let share: RunShare | undefined;
let sample = () => {};
let sampling: NodeJS.Timeout | undefined;

function prepared(): RunShare {
  if (share === undefined) throw new Error("not prepared");
  return share;
}

serveTasks<RunTasks, RunReport>({
  prepare(request, report) {
    const made = new RunShare(request);
    share = made;
    sample = () => report({ kind: "sample", sample: made.tally.sample() });
    sampling = setInterval(sample, SAMPLE_MS);
    return null;
  },
  connect: (request) => prepared().connect(request),
  load(request) {
    // From then on a sample is a second of this part.
    clearInterval(sampling);
    sampling = setTimeout(
      () => {
        sample();
        sampling = setInterval(sample, SAMPLE_MS);
      },
      (request.startMicros - machineMicros()) / 1_000,
    );
    return prepared().load(request);
  },
  settle: (request) => prepared().settle(request),
  compare: (request) => prepared().compare(request),
  freeze: () => prepared().freeze(),
  user: ({ place }) => prepared().user(place),
  finish: () => prepared().finish(),
});
