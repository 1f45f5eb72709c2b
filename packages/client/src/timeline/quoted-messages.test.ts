import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { settled } from "../testing/manual-clock.ts";
import { message, ROOM_ID } from "../testing/messages.ts";
import { QuotedMessages } from "./quoted-messages.ts";

const scene = () => {
  const requests = new FakeRequests();
  const answer = (...messages: unknown[]) => {
    requests.take("message:page").resolve({ messages, rev: 9, hasMore: true });
    return settled();
  };
  return { requests, answer, quoted: new QuotedMessages(ROOM_ID, requests) };
};
const nothingHeld = () => false;

describe("a single message for a quote", () => {
  test("is fetched once, and null where there is none to be seen", async () => {
    const { requests, answer, quoted } = scene();
    const [one, other] = [quoted.get(5), quoted.get(5)];
    expect(one.current).toBeUndefined();
    expect(requests.asked.map(({ request }) => request)).toEqual([
      { roomId: ROOM_ID, before: 6, limit: 1 },
    ]);
    const five = message({ seq: 5, rev: 5 });
    await answer(five);
    expect([one.current, other.current, quoted.get(5).current]).toEqual([five, five, five]);
    const hidden = quoted.get(3);
    // The page holds the message before it: the one asked for is out of sight.
    await answer(message({ seq: 2, rev: 2 }));
    expect([hidden.current, quoted.get(3).current]).toEqual([null, null]);
    expect(requests.asked).toEqual([]);
  });

  test("that is held is not fetched, and followed all the same", () => {
    const { requests, quoted } = scene();
    const five = quoted.get(5, message({ seq: 5, rev: 5 }));
    quoted.receive([message({ seq: 5, rev: 6, text: null, deletedAt: 1 })]);
    expect(five.current).toMatchObject({ text: null });
    expect(requests.asked).toEqual([]);
  });

  test("takes changes that arrive before or after it, and no older ones", async () => {
    const { answer, quoted } = scene();
    const five = quoted.get(5);
    quoted.receive([message({ seq: 5, rev: 8, text: "edited" })]);
    await answer(message({ seq: 5, rev: 5 }));
    expect(five.current).toMatchObject({ text: "edited" });
    quoted.receive([message({ seq: 5, rev: 7, text: "earlier edit" })]);
    expect(five.current).toMatchObject({ text: "edited" });
    quoted.receive([message({ seq: 5, rev: 9, text: null, deletedAt: 1 })]);
    expect(five.current).toMatchObject({ text: null });
  });

  test("that is looked at is fetched anew where a change may have been missed", async () => {
    const { requests, answer, quoted } = scene();
    const five = quoted.get(5);
    five.subscribe(() => {});
    quoted.get(6);
    quoted.get(7, message({ seq: 7, rev: 7 })).subscribe(() => {});
    await answer(message({ seq: 5, rev: 5 }));
    quoted.renew(({ seq }) => seq === 7);
    // What was asked for before may have been read before the change.
    await answer(message({ seq: 6, rev: 6 }));
    expect(requests.asked).toHaveLength(1);
    await answer(message({ seq: 5, rev: 8, text: null, deletedAt: 1 }));
    expect(five.current).toMatchObject({ text: null });
    expect(quoted.get(6).current).toBeUndefined();
    // A restored database may know an older state: that is the one there is.
    quoted.renew(({ seq }) => seq === 7);
    await answer();
    await answer(message({ seq: 5, rev: 5 }));
    expect(five.current).toMatchObject({ text: "text 5" });
  });

  test("is not what was read before a change may have been missed, however late that comes", async () => {
    const { requests, answer, quoted } = scene();
    const five = quoted.get(5);
    five.subscribe(() => {});
    quoted.renew(nothingHeld);
    expect(requests.asked).toHaveLength(2);
    await answer(message({ seq: 5, rev: 5 }));
    expect(five.current).toBeUndefined();
    await answer(message({ seq: 5, rev: 8, text: null, deletedAt: 1 }));
    expect(five.current).toMatchObject({ text: null });
  });

  test("that could not be fetched is asked for again, by the next who asks or the next connection", async () => {
    const { requests, answer, quoted } = scene();
    const five = quoted.get(5);
    five.subscribe(() => {});
    const refuse = () => {
      requests.take("message:page").reject(new MoimError("unavailable", "no answer"));
      return settled();
    };
    await refuse();
    quoted.get(5);
    await refuse();
    expect(five.current).toBeUndefined();
    quoted.renew(nothingHeld);
    await answer(message({ seq: 5, rev: 5 }));
    expect(five.current).toMatchObject({ seq: 5 });
  });

  test("is seen no more once the room is gone", async () => {
    const { answer, quoted } = scene();
    const five = quoted.get(5);
    await answer(message({ seq: 5, rev: 5 }));
    quoted.clear();
    expect(five.current).toBeNull();
  });

  test("is dropped when a hundred others have been asked for, unless somebody looks at it", async () => {
    const { requests, quoted } = scene();
    quoted.get(1).subscribe(() => {});
    for (let seq = 2; seq <= 101; seq++) quoted.get(seq);
    expect(requests.asked).toHaveLength(101);
    quoted.get(1);
    quoted.get(101);
    expect(requests.asked).toHaveLength(101);
    quoted.get(2);
    expect(requests.asked).toHaveLength(102);
  });
});
