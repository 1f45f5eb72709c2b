const BAR_MAX = 40;

/** A line of text for each second of the drain window, with how many were sent away in it. */
export function histogram(offsetsMs: readonly number[], windowMs: number): string[] {
  const counts = Array.from({ length: Math.ceil(windowMs / 1_000) }, () => 0);
  for (const offset of offsetsMs) {
    const second = Math.min(Math.floor(offset / 1_000), counts.length - 1);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  return counts.map((count, second) => {
    const bar = "#".repeat(Math.round((count / most) * BAR_MAX));
    return `${String(second).padStart(3)}–${second + 1} s ${String(count).padStart(4)} ${bar}`;
  });
}
