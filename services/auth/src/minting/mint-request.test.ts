import { expect, it } from "vitest";
import { parseMintRequest } from "./mint-request.ts";

it("reads a command line, with the dashes that pnpm hands on", () => {
  const given = "-- --users 5000 --prefix 가-load_ --ttl-seconds 60".split(" ");
  expect(parseMintRequest(given)).toEqual({ users: 5_000, prefix: "가-load_", ttlSeconds: 60 });
});

it.each([
  "",
  "--users 1 --prefix x",
  "--users 0 --prefix x --ttl-seconds 1",
  "--users 1.5 --prefix x --ttl-seconds 1",
  "--users 1 --prefix % --ttl-seconds 1",
  "--users 1 --prefix x --ttl-seconds soon",
  "--user 1",
  "5000",
])("explains in one line what is wrong with %j", (commandLine) => {
  const parameters = commandLine.split(" ").filter(Boolean);
  expect(() => parseMintRequest(parameters)).toThrow(/^.+usage: mint --users N[^\n]*$/);
});
