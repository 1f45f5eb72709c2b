import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "@moim/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AuthUserDirectory } from "../src/users/user-directory.ts";

const ID = "00000000-0000-7000-8000-000000000000";

let answer: (response: ServerResponse) => void;
const auth = createServer((_request, response) => answer(response));
let users: AuthUserDirectory;

beforeAll(async () => {
  await new Promise<void>((resolve) => auth.listen(0, "127.0.0.1", resolve));
  users = new AuthUserDirectory(`http://127.0.0.1:${(auth.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  auth.closeAllConnections();
  await new Promise((resolve) => auth.close(resolve));
});

async function failureOf(next: typeof answer) {
  answer = next;
  const failure = await users
    .requireKnown({ accessToken: "t" }, [ID], "userIds")
    .catch((error: unknown) => error);
  if (!(failure instanceof Failure)) throw new Error(`no failure: ${failure}`);
  const { code, message, retryAfterMs } = failure;
  return { code, message, retryAfterMs };
}

const refuse =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ type: "about:blank", title: "T", status, code, detail: "why" }));
  };

it.each(["token_expired", "session_revoked", "token_invalid"])(
  "a caller who is refused with %s learns just that",
  async (code) => {
    expect(await failureOf(refuse(401, code))).toEqual({ code, message: "why" });
  },
);

it("a caller over a limit learns when to come back", async () => {
  expect(await failureOf(refuse(429, "rate_limited", { "retry-after": "7" }))).toEqual({
    ...{ code: "rate_limited", message: "why", retryAfterMs: 7_000 },
  });
  const unreadable: Record<string, string>[] = [{}, { "retry-after": "soon" }];
  for (const headers of unreadable) {
    const { code, retryAfterMs } = await failureOf(refuse(429, "rate_limited", headers));
    expect([code, retryAfterMs]).toEqual(["rate_limited", 1_000]);
  }
});

it.each<[string, typeof answer]>([
  ["a failure of its own", refuse(503, "unavailable")],
  ["a bug", refuse(500, "internal")],
  ["a code that says nothing about the caller", refuse(400, "bad_request")],
  ["a refusal by something in between", (response) => response.writeHead(401).end("<html>")],
  ["no users", (response) => response.end("{}")],
  ["nothing", (response) => void response.destroy()],
])("the auth service is unavailable when it answers with %s", async (_name, next) => {
  const { code, retryAfterMs } = await failureOf(next);
  expect([code, retryAfterMs]).toEqual(["unavailable", 1_000]);
});

it("an unknown user is named, a known one is fine", async () => {
  const { code, message } = await failureOf((response) => response.end('{"users":[]}'));
  expect([code, message]).toEqual(["bad_request", "userIds: no such user"]);
  const known = { id: ID, nickname: "n", name: "n", bio: "", avatarUrl: null };
  answer = (response) => response.end(JSON.stringify({ users: [known] }));
  await users.requireKnown({ accessToken: "t" }, [ID], "userIds");
});
