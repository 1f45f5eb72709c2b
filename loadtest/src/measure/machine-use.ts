import { cpus } from "node:os";

type Times = { busy: number; all: number };

function timesNow(): Times {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    all += used + times.idle;
  }
  return { busy, all };
}

/** From now until `stop`: the share of this machine's cores that was not idle, whoever used it. */
export function watchMachine(): { stop(): number } {
  const start = timesNow();
  return {
    stop() {
      const { busy, all } = timesNow();
      return all === start.all ? 0 : (busy - start.busy) / (all - start.all);
    },
  };
}
