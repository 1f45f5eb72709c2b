import { serveTasks } from "../../src/workers/serve-tasks.ts";

type Names = {
  double: { request: Float64Array; answer: Float64Array };
  fail: { request: string; answer: never };
  die: { request: null; answer: never };
};

serveTasks<Names, number>({
  double(request, report) {
    report(request.length);
    return request.map((value) => value * 2);
  },
  fail(why) {
    throw new Error(why);
  },
  die: () => process.exit(7),
});
