import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Runs a service whose closing is `close`, ends it with SIGTERM, and resolves to how it went. */
async function close(closing: string, deadlineMs: number) {
  const program = `
    import { closeOnSignal } from "./src/run.ts";
    import { createLogger } from "./src/logger.ts";
    setInterval(() => {}, 1_000);
    closeOnSignal(${closing}, createLogger({ service: "test" }, "info"), ${deadlineMs});
    process.stdout.write("ready\\n");
  `;
  const command = ["--import", "tsx", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, command, { cwd: folder });
  let output = "";
  child.stdout.on("data", (chunk) => {
    if (output === "") child.kill("SIGTERM");
    output += chunk;
  });
  child.stderr.pipe(process.stderr);
  const watchdog = setTimeout(() => child.kill("SIGKILL"), 45_000);
  const [code] = await once(child, "close");
  clearTimeout(watchdog);
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  return {
    code,
    errors: lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "error"),
  };
}

it("a closing that is never done ends the process at its deadline, and says so", async () => {
  const { code, errors } = await close("() => new Promise(() => {})", 300);
  expect(code).toBe(1);
  expect(errors).toMatchObject([
    { deadlineMs: 300, msg: expect.stringMatching(/not done in time/) },
  ]);
});

it("a closing that is done ends the process with 0, long before the deadline", async () => {
  expect(await close("async () => {}", 60_000)).toEqual({ code: 0, errors: [] });
});

it("a closing that fails ends the process with 1", async () => {
  const { code, errors } = await close('async () => { throw new Error("broken"); }', 60_000);
  expect([code, errors.map(({ msg }) => msg)]).toEqual([1, ["shutdown failed"]]);
});
