/*
 * Values that are wrong somewhere, for tests of whatever takes input from outside: a place within a value, and
 * another value in that place.
 */

type Path = readonly (string | number)[];

/** The value itself, and what is within it, as deep as any request goes. */
export function pathsWithin(value: unknown, depth = 4): Path[] {
  if (typeof value !== "object" || value === null || depth === 0) return [[]];
  const within = Object.entries(value).slice(0, 20);
  return [
    [],
    ...within.flatMap(([key, part]) => pathsWithin(part, depth - 1).map((path) => [key, ...path])),
  ];
}

/** A copy with another value at this place. */
export function replacedAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = replacedAt(copy[key], rest, replacement);
  return copy;
}

/** So deep that whoever goes down by recursion may not come back. */
export function nestedList(depth: number): unknown {
  return depth === 0 ? [] : [nestedList(depth - 1)];
}

export function nestedObject(depth: number): unknown {
  return depth === 0 ? {} : { a: nestedObject(depth - 1) };
}
