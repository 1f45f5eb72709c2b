import { describe, expect, it } from "vitest";
import { clientEvents, Failure, parse, signUpRequest } from "./index.ts";

const send = clientEvents["message:send"].request;
const ids = {
  roomId: "01890a5d-ac96-774b-bcce-b302099a8057",
  clientId: "01890a5d-ac96-774b-bcce-b302099a8058",
};

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a message's text", () => {
  it("is kept exactly as sent", () => {
    const text = "  안녕 👋🏽\n\tbye  ";
    expect(parse(send, { ...ids, text }).text).toBe(text);
  });

  it("is counted in code points, not in UTF-16 units", () => {
    expect(parse(send, { ...ids, text: "😀".repeat(4_000) }).text).toHaveLength(8_000);
  });

  it("over 4,000 characters is too_large", () => {
    const failure = failureOf(() => parse(send, { ...ids, text: "a".repeat(4_001) }));
    expect(failure.code).toBe("too_large");
    expect(failure.errors?.[0]?.path).toBe("text");
  });

  it.each([
    ["room:rename", { roomId: ids.roomId, title: "t".repeat(61) }, "title"],
    ["message:search", { query: "q".repeat(101) }, "query"],
  ] as const)(
    "too long where no limit of `session:ready` says so is bad_request: %s",
    (event, request, path) => {
      const failure = failureOf(() => parse(clientEvents[event].request, request));
      expect(failure).toMatchObject({ code: "bad_request", errors: [{ path }] });
    },
  );

  it.each(["", "   ", "\n\t", "\u200b\u200d", "\u3164", "\u2800"])(
    "that shows nothing is refused: %j",
    (text) => {
      expect(failureOf(() => parse(send, { ...ids, text })).code).toBe("bad_request");
    },
  );

  it.each(["a\0b", "a\ud800", "\udc00b"])(
    "that cannot be stored as sent is refused: %j",
    (text) => {
      expect(failureOf(() => parse(send, { ...ids, text })).code).toBe("bad_request");
    },
  );
});

describe("validation", () => {
  it("names twenty fields at the most, however many are wrong", () => {
    const userIds = Array.from({ length: 20_000 }, () => 1);
    const request = { roomId: ids.roomId, userIds };
    const failure = failureOf(() => parse(clientEvents["room:invite"].request, request));
    expect(failure.code).toBe("bad_request");
    expect(failure.errors).toHaveLength(20);
  });

  it("names each field that is wrong", () => {
    const failure = failureOf(() => parse(send, { roomId: "x", clientId: 7, text: "a" }));
    expect(failure.code).toBe("bad_request");
    expect(failure.errors?.map((error) => error.path)).toEqual(["roomId", "clientId"]);
  });

  it.each([null, undefined, 1, "text", [], true])("refuses %j instead of an object", (input) => {
    expect(failureOf(() => parse(send, input)).code).toBe("bad_request");
  });

  it("takes null for what may be left out and is null where it is shown", () => {
    const group = { kind: "group", clientId: ids.clientId, title: null, userIds: [] };
    expect(parse(clientEvents["room:create"].request, group)).toEqual(group);
    const account = {
      email: "a@b.co",
      password: "correct-horse-1",
      nickname: "null",
      name: "Null",
    };
    expect(parse(signUpRequest, { ...account, code: null })).toEqual({ ...account, code: null });
  });

  it("drops unknown fields and __proto__", () => {
    const input = JSON.parse(
      `{"__proto__":{"text":"x"},"extra":1,"roomId":"${ids.roomId}","clientId":"${ids.clientId}","text":"hi"}`,
    );
    expect(Object.keys(parse(send, input)).sort()).toEqual(["clientId", "roomId", "text"]);
  });

  it("refuses a page that asks for both directions", () => {
    const page = clientEvents["message:page"].request;
    expect(failureOf(() => parse(page, { roomId: ids.roomId, before: 2, after: 1 })).code).toBe(
      "bad_request",
    );
  });
});

describe("what has a length that is no number", () => {
  const LENGTHS: unknown[] = [{ toString: "text" }, { toString: 1, valueOf: 1 }, {}, "9", -1, null];

  it.each(LENGTHS)("is no text and no list: %j", (length) => {
    const text = { length };
    expect(failureOf(() => parse(send, { ...ids, text })).code).toBe("bad_request");
    const watch = clientEvents["presence:watch"].request;
    const failure = failureOf(() => parse(watch, { userIds: text }));
    expect(failure.code).toBe("bad_request");
    expect(failure.errors).not.toEqual([]);
  });

  it("does no harm where nobody asks for it", () => {
    const length = { toString: "text" };
    expect(parse(send, { ...ids, text: "a", length })).toEqual({ ...ids, text: "a" });
  });
});
