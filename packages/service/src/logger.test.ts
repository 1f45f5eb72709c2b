import { Failure } from "@moim/protocol";
import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { createLogger } from "./logger.ts";

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ service: "test" }, "info", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

describe("a log line", () => {
  it("of a failed statement tells its code and stack, not its values", () => {
    const cause = Object.assign(new Error("duplicate key value"), {
      code: "23505",
      detail: "Key (email)=(kim@example.org) already exists.",
    });
    const error = new DrizzleQueryError("insert into t values ($1)", ["secret words"], cause);
    const line = logged((logger) => logger.error({ err: error }, "failed"));
    expect(line).toContain("23505");
    expect(line).toContain("duplicate key value");
    expect(line).not.toContain("secret words");
    expect(line).not.toContain("kim@example.org");
  });

  it("of a database that does not answer tells the reason alone: an outage has thousands", () => {
    const shutdown = Object.assign(new Error("terminating connection"), { code: "57P01" });
    const failure = new Failure("unavailable", "try again", { cause: shutdown });
    for (const err of [shutdown, failure, new DrizzleQueryError("select 1", [], shutdown)]) {
      expect(JSON.parse(logged((logger) => logger.warn({ err }, "lost"))).err).toEqual({
        ...{ type: "Error", message: "terminating connection", code: "57P01" },
      });
    }
    const bug = new TypeError("x is not a function");
    expect(logged((logger) => logger.error({ err: bug }))).toContain("logger.test.ts");
  });

  it("keeps an error's cause", () => {
    const error = new Error("outer", { cause: new Error("inner reason") });
    expect(logged((logger) => logger.warn({ err: error }))).toContain("inner reason");
  });

  it("censors tokens and passwords, wherever they stand", () => {
    const line = logged((logger) =>
      logger.info({
        token: "t1",
        user: { password: "p1" },
        request: { body: { accessToken: "a1" } },
      }),
    );
    expect(line).not.toMatch(/"t1"|"p1"|"a1"/);
    expect(line).toContain("[redacted]");
  });
});
