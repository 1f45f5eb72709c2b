import { ConfigurationError } from "@moim/service";
import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

const DATABASE_URL = "postgres://moim@localhost/moim";

describe("the configuration of a node", () => {
  it("needs a database and nothing else", () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      PORT: 3001,
      HOST: "127.0.0.1",
      AUTH_URL: "http://127.0.0.1:3002",
      TOKEN_GRACE_MS: 30_000,
      DRAIN_MS: 10_000,
      NODE_ID: expect.stringMatching(/^chat-[0-9a-f]{8}$/),
    });
  });

  it.each([
    ["DATABASE_URL", ""],
    ["DATABASE_URL", "mysql://localhost/chat"],
    ["REDIS_URL", "localhost:6379"],
    ["AUTH_URL", "auth"],
    ["PORT", "70000"],
    ["PORT", "3001.5"],
    ["DRAIN_MS", "10s"],
    ["TOKEN_GRACE_MS", "-1"],
    ["NODE_ID", "node one"],
    ["DATABASE_CONNECTIONS", "1"],
    ["SENDS_PER_SECOND", "-1"],
    ["SENDS_BURST", "0"],
    ["GROUPS_PER_USER", "0"],
    ["INVITATIONS_PER_SECOND", "some"],
    ["INVITATIONS_BURST", "100"],
    ["LOG_LEVEL", "loud"],
    ["ALLOWED_ORIGINS", "chat.example.org"],
  ])("that has a wrong %s (%j) names it in one line", (name, value) => {
    const read = () => readConfig({ DATABASE_URL, [name]: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(new RegExp(`^${name} [^\\n]+$`));
  });
});
