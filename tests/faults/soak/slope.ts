/** `at` in milliseconds. */
export type Point = { at: number; value: number };

const HOUR_MS = 3_600_000;

/** The median of the slopes between all pairs, per hour: a few odd samples do not move it (Theil–Sen). */
export function slopePerHour(points: readonly Point[]): number {
  const slopes = points.flatMap((one, index) =>
    points
      .slice(index + 1)
      .flatMap((other) =>
        other.at === one.at ? [] : [(other.value - one.value) / (other.at - one.at)],
      ),
  );
  return median(slopes) * HOUR_MS;
}

/** How much higher the last third lies than the middle one; the first is warming up. */
export function growth(points: readonly Point[]): { before: number; after: number } {
  const third = Math.floor(points.length / 3);
  const valuesOf = (some: readonly Point[]) => some.map(({ value }) => value);
  return {
    before: median(valuesOf(points.slice(third, points.length - third))),
    after: median(valuesOf(points.slice(points.length - third))),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
