import { describe, expect, it } from "vitest";
import { parseClusterUrl } from "./address.ts";

describe("the address of a Redis Cluster", () => {
  it("lists nodes, which are asked on the usual port where none is given", () => {
    expect(parseClusterUrl("redis+cluster://one:7000,two,[::1]:7002")).toEqual({
      nodes: [
        { host: "one", port: 7000 },
        { host: "two", port: 6379 },
        { host: "::1", port: 7002 },
      ],
      username: undefined,
      password: undefined,
      isTls: false,
    });
  });

  it("says as whom, escaped as in every URL, and whether by TLS", () => {
    expect(parseClusterUrl("rediss+cluster://moim:p%40ss%2Cword@one:7000,two:7001/")).toMatchObject(
      {
        username: "moim",
        password: "p@ss,word",
        isTls: true,
      },
    );
    expect(parseClusterUrl("redis+cluster://:secret@one")).toMatchObject({
      username: undefined,
      password: "secret",
    });
  });

  it.each([
    "redis://one:7000",
    "redis+cluster://",
    "redis+cluster://one:7000,",
    "redis+cluster://one:99999",
    "redis+cluster://one:7000/1",
    "redis+cluster://a%zz@one",
    "one:7000,two:7001",
  ])("is not %s", (url) => {
    expect(parseClusterUrl(url)).toBeUndefined();
  });
});
