/**
 * Microseconds of the machine's monotonic clock, which all processes of the machine share and which
 * nobody sets: what one worker stamps, another one may subtract. Across machines it means nothing, so
 * all workers of a run are on one.
 */
const offsetMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now();

export function machineMicros(): number {
  return Math.floor((performance.now() + offsetMs) * 1_000);
}
