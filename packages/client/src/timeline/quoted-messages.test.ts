import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { message, ROOM_ID } from "../testing/messages.ts";
import { QuotedMessages } from "./quoted-messages.ts";

const scene = () => {
  const requests = new FakeRequests();
  return { requests, quoted: new QuotedMessages(ROOM_ID, requests) };
};
const page = (messages: unknown[]) => ({ messages, rev: 9, hasMore: true });

describe("a single message for a quote", () => {
  test("is fetched once, and null where there is none to be seen", async () => {
    const { requests, quoted } = scene();
    const both = Promise.all([quoted.get(5), quoted.get(5)]);
    const asked = requests.take("message:page");
    expect(asked.request).toEqual({ roomId: ROOM_ID, before: 6, limit: 1 });
    const five = message({ seq: 5, rev: 5 });
    asked.resolve(page([five]));
    expect(await both).toEqual([five, five]);
    const hidden = quoted.get(3);
    // The page holds the message before it: the one asked for is out of sight.
    requests.take("message:page").resolve(page([message({ seq: 2, rev: 2 })]));
    expect(await hidden).toBeNull();
    expect(requests.asked).toEqual([]);
  });

  test("takes changes that arrive before or after it, and no older ones", async () => {
    const { requests, quoted } = scene();
    const got = quoted.get(5);
    quoted.receive([message({ seq: 5, rev: 8, text: "edited" })]);
    requests.take("message:page").resolve(page([message({ seq: 5, rev: 5 })]));
    await got;
    expect(await quoted.get(5)).toMatchObject({ text: "edited" });
    quoted.receive([message({ seq: 5, rev: 7, text: "earlier edit" })]);
    expect(await quoted.get(5)).toMatchObject({ text: "edited" });
  });

  test("that could not be fetched is asked for again", async () => {
    const { requests, quoted } = scene();
    const failed = quoted.get(5);
    requests.take("message:page").reject(new MoimError("unavailable", "no answer"));
    await expect(failed).rejects.toMatchObject({ code: "unavailable" });
    const again = quoted.get(5);
    requests.take("message:page").resolve(page([message({ seq: 5, rev: 5 })]));
    expect(await again).toMatchObject({ seq: 5 });
  });

  test("is forgotten when a hundred others have been asked for", async () => {
    const { requests, quoted } = scene();
    for (let seq = 1; seq <= 101; seq++) void quoted.get(seq);
    expect(requests.asked).toHaveLength(101);
    void quoted.get(101);
    expect(requests.asked).toHaveLength(101);
    void quoted.get(1);
    expect(requests.asked).toHaveLength(102);
  });
});
