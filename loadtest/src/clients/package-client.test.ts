import type { MoimClient, TimelineItem } from "@moim/client";
import { expect, it } from "vitest";
import { PackageClient } from "./package-client.ts";

const USER = {
  ...{ userId: "u", nickname: "n", sessionId: "s", accessToken: "a", refreshToken: "r" },
  expiresAt: 0,
};
const message = (seq: number, clientId: string) =>
  ({ kind: "message", key: `${seq}`, message: { seq, rev: seq, clientId } }) as TimelineItem;
const pending = (clientId: string) =>
  ({
    ...{ kind: "pending", key: clientId },
    pending: { clientId, delivery: { state: "sending" } },
  }) as TimelineItem;

it("says what its room shows twice, once, and takes the rest as received", () => {
  let show: (items: readonly TimelineItem[]) => void = () => {};
  const timeline = {
    subscribe(onView: (view: object) => void) {
      show = (items) => onView({ items });
    },
  };
  const client = {
    connection: { subscribe() {} },
    async start() {},
    openRoom: () => ({ timeline }),
  };
  const heard: string[] = [];
  const nothing = () => {};
  const shown = new PackageClient(
    { url: "", user: USER, roomIds: ["room"] },
    {
      ...{ ready: nothing, closed: nothing, head: nothing, resync: nothing, event: nothing },
      changes: ({ changes }) => heard.push(...changes.map(({ seq }) => `message ${seq}`)),
      misshown: (roomId, { violation, what }) => heard.push(`${roomId} ${violation}: ${what}`),
    },
    () => client as unknown as MoimClient,
  );
  shown.connect();
  const first = message(1, "one");
  show([first, pending("two")]);
  const second = message(2, "two");
  show([first, second, pending("two")]);
  show([first, second, pending("two"), pending("three")]);
  expect(heard).toEqual(["message 1", "room doubled: the pending two twice", "message 2"]);
});
