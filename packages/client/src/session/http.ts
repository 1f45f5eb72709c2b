import type { ErrorBody, ErrorCode } from "@moim/protocol/errors";
import { HTTP_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";

export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Sent as JSON. */
  body?: object;
  /** Sent as it is, instead of `body`. */
  content?: Content;
  bearer?: string;
};

export type Content = { bytes: Blob | Uint8Array; contentType: string };

export type HttpOptions = { baseUrl: string; fetch: typeof globalThis.fetch; clock: Clock };

/** Resolves to the answer's JSON, `undefined` where it is empty; rejects with `MoimError` only. */
export type Http = <Result>(request: HttpRequest) => Promise<Result>;

export function createHttp({ baseUrl, fetch, clock }: HttpOptions): Http {
  return async <Result>({ method, path, body, content, bearer }: HttpRequest) => {
    const abort = new AbortController();
    const cancel = clock.after(HTTP_TIMEOUT_MS, () => abort.abort());
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        credentials: "include",
        cache: "no-store",
        signal: abort.signal,
        headers: {
          ...typeOf(body, content),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        ...bodyOf(body, content),
      });
      if (!response.ok) throw await problemOf(response);
      const text = await response.text();
      return (text === "" ? undefined : JSON.parse(text)) as Result;
    } catch (error) {
      if (error instanceof MoimError) throw error;
      throw new MoimError("unavailable", `${method} ${path} got no answer`, { cause: error });
    } finally {
      cancel();
    }
  };
}

function typeOf(body: object | undefined, content: Content | undefined): Record<string, string> {
  if (content) return { "content-type": content.contentType };
  return body === undefined ? {} : { "content-type": "application/json" };
}

function bodyOf(body: object | undefined, content: Content | undefined): { body?: BodyInit } {
  if (content) return { body: content.bytes as BodyInit };
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

/** Answers of proxies in between are no problem documents; their status has to do. */
async function problemOf(response: Response): Promise<MoimError> {
  const body: unknown = await response.json().catch(() => undefined);
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<ErrorBody> & {
    title?: string;
    detail?: string;
  };
  const retryAfterSeconds = Number(response.headers.get("retry-after"));
  return MoimError.fromBody(
    {
      ...problem,
      message: problem.detail ?? problem.title ?? `HTTP ${response.status}`,
      ...(retryAfterSeconds > 0 ? { retryAfterMs: retryAfterSeconds * 1_000 } : {}),
    },
    codeOfStatus(response.status),
  );
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return "rate_limited";
  if (status === 413) return "too_large";
  if (status === 404) return "not_found";
  if (status === 403) return "forbidden";
  // Not `token_invalid`: only the auth service itself may end a session.
  return status >= 500 || status === 401 || status === 408 ? "unavailable" : "bad_request";
}
