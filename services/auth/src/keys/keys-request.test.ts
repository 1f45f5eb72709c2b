import { expect, it } from "vitest";
import { parseKeysRequest } from "./keys-request.ts";

const parsed = (commandLine: string) => parseKeysRequest(commandLine.split(" ").filter(Boolean));

it.each([
  ["list", { command: "list" }],
  ["-- rotate", { command: "rotate", out: undefined }],
  ["rotate --out keys.json", { command: "rotate", out: "keys.json" }],
  ["make --out keys.json", { command: "make", out: "keys.json" }],
])("understands %j", (commandLine, request) => {
  expect(parsed(commandLine)).toEqual(request);
});

it.each(["", "turn", "list --out x", "make", "rotate now", "list --verbose"])(
  "says how it is used when asked %j",
  (commandLine) => {
    expect(() => parsed(commandLine)).toThrow(/^usage: .+$/);
  },
);
