import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { OwnUsers } from "./own-users.ts";

let clock: ManualClock;
let users: OwnUsers;
let log: string[];
beforeEach(() => {
  clock = new ManualClock();
  log = [];
  users = new OwnUsers({
    clock,
    onPresent: (userId) => log.push(`${userId} present`),
    onLastSocketGone: (userId) => log.push(`${userId} gone`),
    onAbsent: (userId) => log.push(`${userId} absent`),
  });
});

describe("a user", () => {
  it("is present from the first socket till 10 s after the last has gone", async () => {
    users.socketArrived("u", "phone");
    users.socketArrived("u", "desk");
    users.socketGone("u", "phone");
    expect(log).toEqual(["u present"]);
    users.socketGone("u", "desk");
    expect(users.connectedUserIds()).toEqual([]);
    await clock.advance(9_999);
    expect(log).toEqual(["u present", "u gone"]);
    expect(users.has("u")).toBe(true);
    expect(users.userIds()).toEqual(["u"]);
    await clock.advance(1);
    expect(log).toEqual(["u present", "u gone", "u absent"]);
    expect(users.has("u")).toBe(false);
  });

  it("who comes back within 10 s was never away, and has 10 s again", async () => {
    users.socketArrived("u", "first");
    users.socketGone("u", "first");
    await clock.advance(9_000);
    users.socketArrived("u", "second");
    await clock.advance(60_000);
    users.socketGone("u", "second");
    await clock.advance(9_999);
    expect(log).toEqual(["u present", "u gone", "u gone"]);
  });

  it("does not go twice with one socket, nor with one that never came", async () => {
    users.socketArrived("u", "first");
    users.socketGone("u", "other");
    users.socketGone("v", "first");
    users.socketGone("u", "first");
    await clock.advance(9_000);
    users.socketGone("u", "first");
    await clock.advance(1_000);
    expect(log).toEqual(["u present", "u gone", "u absent"]);
  });
});
