import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  ConfigurationError,
  type Environment,
  httpUrl,
  integerVariable,
  postgresUrl,
  readEnvironment,
  redisUrl,
  sharedVariables,
} from "./environment.ts";

/** The one line with which the start fails. */
function complaint(environment: Environment, shape: z.ZodRawShape): string {
  try {
    readEnvironment(environment, shape);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return "no complaint";
}

const DATABASE_URL = "postgres://moim@127.0.0.1/moim";

describe("a variable", () => {
  it("that is required stops the start when missing, and when empty", () => {
    const shape = { DATABASE_URL: postgresUrl };
    expect(complaint({}, shape)).toBe("DATABASE_URL is not set");
    expect(complaint({ DATABASE_URL: "" }, shape)).toBe("DATABASE_URL is not set");
  });

  it("with a default has it when missing, and when empty", () => {
    const shape = { PORT: integerVariable(0, 65_535).default(3001) };
    expect(readEnvironment({}, shape).PORT).toBe(3001);
    expect(readEnvironment({ PORT: "" }, shape).PORT).toBe(3001);
  });

  it("that nobody asked for is left out", () => {
    const shape = { NAME: z.string() };
    expect(readEnvironment({ NAME: "n", SECRET: "s" }, shape)).toEqual({ NAME: "n" });
  });

  it.each([
    ["PORT", "port", "must be a whole number from 0 to 65535"],
    ["PORT", "65536", "must be a whole number from 0 to 65535"],
    ["PORT", "-1", "must be a whole number from 0 to 65535"],
    ["PORT", "1e3", "must be a whole number from 0 to 65535"],
    ["PORT", " 80", "must be a whole number from 0 to 65535"],
    ["DATABASE_URL", "mysql://host/db", "must be a URL starting with postgres:// or postgresql://"],
    ["DATABASE_URL", "a\nb", "must be a URL starting with postgres:// or postgresql://"],
    [
      "REDIS_URL",
      "127.0.0.1:6379",
      "must be a URL starting with redis:// or rediss://, or redis+cluster://host:port,host:port",
    ],
    ["AUTH_URL", "file:///etc/passwd", "must be a URL starting with http:// or https://"],
    ["NODE_ENV", "prod", "must be production, development or test"],
    ["LOG_LEVEL", "loud", "must be fatal, error, warn, info, debug, trace or silent"],
    [
      "ALLOWED_ORIGINS",
      "https://a.example/path",
      "must list origins such as https://chat.example.org, separated by commas",
    ],
    [
      "ALLOWED_ORIGINS",
      "*",
      "must list origins such as https://chat.example.org, separated by commas",
    ],
  ])("%s = %j stops the start with one line that names it", (name, value, expected) => {
    const shape = {
      ...sharedVariables,
      PORT: integerVariable(0, 65_535),
      AUTH_URL: httpUrl,
      REDIS_URL: redisUrl,
    };
    const fine = { DATABASE_URL, PORT: "0", AUTH_URL: "http://h", REDIS_URL: "redis://h" };
    expect(complaint({ ...fine, [name]: value }, shape)).toBe(`${name} ${expected}`);
  });
});

describe("origins", () => {
  it("are a list with commas, and may have blanks around them", () => {
    const given = { DATABASE_URL, ALLOWED_ORIGINS: "https://a.example, http://b.example:8080" };
    expect(readEnvironment(given, sharedVariables).ALLOWED_ORIGINS).toEqual([
      "https://a.example",
      "http://b.example:8080",
    ]);
  });

  it("are undefined when unset, which is not the empty list", () => {
    expect(readEnvironment({ DATABASE_URL }, sharedVariables).ALLOWED_ORIGINS).toBeUndefined();
  });
});

describe("NAME_FILE", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "environment-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shape = { SECRET: z.string() };
  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it("gives the value by the path of a file, without its trailing line break only", () => {
    expect(readEnvironment({ SECRET_FILE: file("a", " s\n\n") }, shape).SECRET).toBe(" s\n");
    expect(readEnvironment({ SECRET_FILE: file("b", "s\r\n") }, shape).SECRET).toBe("s");
    expect(readEnvironment({ SECRET_FILE: file("c", "s") }, shape).SECRET).toBe("s");
  });

  it("counts as unset when the file is empty", () => {
    expect(complaint({ SECRET_FILE: file("d", "\n") }, shape)).toBe("SECRET is not set");
  });

  it("that cannot be read stops the start, without telling the path", () => {
    const line = complaint({ SECRET_FILE: join(folder, "absent") }, shape);
    expect(line).toBe("SECRET_FILE names a file that cannot be read (ENOENT)");
  });

  it("and NAME together stop the start: which one is meant is unknown", () => {
    const both = { SECRET: "x", SECRET_FILE: file("e", "y") };
    expect(complaint(both, shape)).toBe("SECRET and SECRET_FILE are both set");
    expect(readEnvironment({ ...both, SECRET: "" }, shape).SECRET).toBe("y");
    expect(readEnvironment({ ...both, SECRET_FILE: "" }, shape).SECRET).toBe("x");
  });

  it("is checked like the variable itself, and the complaint does not repeat the secret", () => {
    const line = complaint({ DATABASE_URL_FILE: file("f", "hunter2") }, sharedVariables);
    expect(line).toMatch(/^DATABASE_URL must be a URL/);
    expect(line).not.toContain("hunter2");
  });
});
