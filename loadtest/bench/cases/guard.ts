import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Case } from "./case.ts";

const GUARD = fileURLToPath(new URL("../../../services/chat/bench/guard.ts", import.meta.url));

/**
 * What is asked before every event: the micro-benchmark in the chat service. The function is handed nothing
 * with which it could ask a database or Redis.
 */
export const guard: Case = {
  name: "guard",
  title: "the token's guard in front of an event, in µs",
  sense: "at most",
  goal: 1,
  async measure() {
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", GUARD]);
    const { microseconds } = JSON.parse(stdout) as { microseconds: number };
    return {
      moim: `${microseconds.toFixed(3)} µs`,
      relay: "has none",
      ratio: microseconds,
      readings: { microseconds },
    };
  },
};
