import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode, Problem } from "@moim/protocol";

type Refusal = { status: number; code: ErrorCode; detail: string };

const TIMED_OUT: Refusal = {
  ...{ status: 408, code: "unavailable" },
  detail: "the request did not arrive in time",
};
const TOO_LARGE: Refusal = {
  ...{ status: 431, code: "too_large" },
  detail: "the head of the request is too large",
};
const MALFORMED: Refusal = { status: 400, code: "bad_request", detail: "this is no HTTP request" };

/** Of what the framework never sees, because it did not become a request. The connection ends with it. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = refusalOf(error.code);
  const title = STATUS_CODES[status] ?? "Error";
  const problem: Problem = { type: "about:blank", title, status, code, detail };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): Refusal {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return TIMED_OUT;
  if (code === "HPE_HEADER_OVERFLOW") return TOO_LARGE;
  return MALFORMED;
}
