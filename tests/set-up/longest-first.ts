import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take a minute or more, the longest first. */
export const LONGEST = [
  "loadtest/test/loadtest.test.ts",
  "tests/e2e/failing-forms.test.ts",
  "tests/e2e/every-screen.test.ts",
  "tests/e2e/scrolling.test.ts",
  "tests/e2e/reading.test.ts",
  "tests/e2e/talk.test.ts",
  "tests/e2e/room-details.test.ts",
];

/** Nothing long is begun when everything else has ended: the machine would wait for it with all but one of its workers. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
  return place < 0 ? LONGEST.length : place;
}
