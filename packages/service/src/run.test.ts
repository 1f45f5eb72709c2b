import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "./environment.ts";
import { describeStartFailure } from "./run.ts";

function coded(code: string, fields: object, message = "as Node words it"): Error {
  return Object.assign(new Error(message), { code, ...fields });
}

describe("a start that fails for a reason outside the program says it in one line", () => {
  it("a wrong variable", () => {
    expect(describeStartFailure(new ConfigurationError("PORT is not set"))).toBe("PORT is not set");
  });

  it("a port without the privilege for it", () => {
    expect(describeStartFailure(coded("EACCES", { port: 80, address: "0.0.0.0" }))).toBe(
      "PORT 80 needs more privileges",
    );
  });

  it("nobody answering at an address", () => {
    const error = coded("ECONNREFUSED", { address: "127.0.0.1", port: 5432 });
    expect(describeStartFailure(error)).toBe("nothing answers at 127.0.0.1:5432");
  });

  it("nobody answering at any address of a name", () => {
    // What Node rejects with for `localhost`, which has two addresses.
    const error = Object.assign(
      new AggregateError([
        coded("ECONNREFUSED", { address: "::1", port: 5432 }),
        coded("ECONNREFUSED", { address: "127.0.0.1", port: 5432 }),
      ]),
      { code: "ECONNREFUSED" },
    );
    expect(describeStartFailure(error)).toBe("nothing answers at ::1:5432 or 127.0.0.1:5432");
  });

  it.each([
    ["28P01", 'password authentication failed for user "moim"'],
    ["3D000", 'database "moim" does not exist'],
  ])("a database that refuses us (%s)", (code, message) => {
    expect(describeStartFailure(coded(code, {}, message))).toBe(
      `DATABASE_URL is refused: ${message}`,
    );
  });

  it("a host whose name is unknown", () => {
    const error = coded("ENOTFOUND", { hostname: "nowhere.invalid" });
    expect(describeStartFailure(error)).toBe("no host is called nowhere.invalid");
  });
});

describe("a used port", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it("is named, by what Node itself throws", async () => {
    const port = await new Promise<number>((resolve) => {
      const first = createServer().listen(0, "127.0.0.1", () => {
        const address = first.address();
        resolve(typeof address === "object" && address ? address.port : 0);
      });
      servers.push(first);
    });
    const error = await new Promise((resolve) => {
      createServer().on("error", resolve).listen(port, "127.0.0.1");
    });
    expect(describeStartFailure(error)).toBe(
      `PORT ${port} on 127.0.0.1 is in use by another process`,
    );
  });
});

describe("a bug at the start", () => {
  it("shows its stack, for whoever has to find it", () => {
    const error = new TypeError("x is not a function");
    expect(describeStartFailure(error)).toBe(error.stack);
    expect(describeStartFailure(coded("EACCES", {}))).toContain("run.test.ts");
  });

  it("that is no error is shown as it is", () => {
    expect(describeStartFailure("odd")).toBe("odd");
  });
});
