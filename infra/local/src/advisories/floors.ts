import type { Policy } from "./policy.ts";

const LOCKED_PACKAGE = /^ {2}'?((?:@[^/\s]+\/)?[^@/\s']+)@(\d[^:'(\s]*)'?:/gm;

/** A line for each package that the lock file holds in a version below its floor. */
export function belowFloors(lockFile: string, floors: Policy["floors"]): string[] {
  const locked = [...lockFile.matchAll(LOCKED_PACKAGE)].map(([, name = "", version = ""]) => ({
    name,
    version,
  }));
  if (locked.length === 0) throw new Error("the lock file names no packages");
  const lines = locked.flatMap(({ name, version }) => {
    const floor = Object.hasOwn(floors, name) ? floors[name] : undefined;
    if (floor === undefined || !isBelow(version, floor.from)) return [];
    return [`${name} ${version} is below ${floor.from} (${floor.reason})`];
  });
  return [...new Set(lines)];
}

/** By the three numbers; of the same numbers, a pre-release comes before its release. */
function isBelow(version: string, floor: string): boolean {
  const [numbers, floorNumbers] = [numbersOf(version), numbersOf(floor)];
  for (const [index, number] of numbers.entries()) {
    const other = floorNumbers[index] ?? 0;
    if (number !== other) return number < other;
  }
  return version.includes("-") && !floor.includes("-");
}

function numbersOf(version: string): number[] {
  const [core = ""] = version.split(/[-+]/, 1);
  return core.split(".").map(Number);
}
