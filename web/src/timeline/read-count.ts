import type { Member } from "@moim/protocol";

/** How far everybody has read, sorted, so that a count for one message costs a few comparisons. */
export type ReadMarks = readonly number[];

export function readMarks(members: readonly Pick<Member, "readSeq">[]): ReadMarks {
  return members.map(({ readSeq }) => readSeq).sort((one, other) => one - other);
}

/**
 * How many members have not read the message at `seq`. Its author has: sending moves the author's
 * own mark; so have those who joined later: their mark starts where they joined.
 */
export function notReadBy(marks: ReadMarks, seq: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
