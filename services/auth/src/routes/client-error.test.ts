import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerClientError } from "./client-error.ts";

const patient = createServer(answer);
const impatient = createServer(
  { requestTimeout: 40, headersTimeout: 40, connectionsCheckingInterval: 10 },
  answer,
);

function answer(_request: unknown, response: ServerResponse): void {
  response.end();
}

beforeAll(async () => {
  for (const server of [patient, impatient]) {
    server.on("clientError", answerClientError);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
});
afterAll(() => {
  for (const server of [patient, impatient]) server.close();
});

async function answerTo(text: string, server = patient) {
  const address = server.address();
  const socket = connect(typeof address === "object" ? (address?.port ?? 0) : 0, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  const [head = "", body = "{}"] = answer.split("\r\n\r\n");
  expect(head.toLowerCase()).toContain("content-type: application/problem+json");
  const { status, code } = JSON.parse(body);
  return [head.split(" ")[1], status, code];
}

it("what is no HTTP is answered as a problem", async () => {
  expect(await answerTo("NONSENSE\r\n\r\n")).toEqual(["400", 400, "bad_request"]);
});

it("a head without end is answered as a problem", async () => {
  const long = `GET / HTTP/1.1\r\nhost: x\r\nx: ${"x".repeat(20_000)}\r\n\r\n`;
  expect(await answerTo(long)).toEqual(["431", 431, "too_large"]);
});

it("a request that never ends is answered as a problem", async () => {
  expect(await answerTo("GET / HTTP/1.1\r\nhost: x\r\n", impatient)).toEqual([
    "408",
    408,
    "unavailable",
  ]);
});
