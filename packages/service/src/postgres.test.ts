import { readFileSync } from "node:fs";
import { Failure } from "@moim/protocol";
import { describe, expect, it } from "vitest";
import { asUnavailable, POOLER_CONNECT_QUERY } from "./postgres.ts";

function coded(code: string, message = "as the driver words it"): Error {
  return Object.assign(new Error(message), { code });
}

describe("an error of the database means 'not now', and is safe to repeat, when", () => {
  it.each([
    ["the connection is gone", "08006"],
    ["it shuts down", "57P01"],
    ["it starts", "57P03"],
    ["it has no connection left", "53300"],
    ["its disk is full", "53100"],
    ["it gave up a statement that took too long", "57014"],
    ["a lock was not to be had", "55P03"],
    ["two transactions crossed", "40001"],
    ["two transactions waited for each other", "40P01"],
    ["it has become a read-only replica", "25006"],
    ["its disk fails", "58030"],
    ["it has got a new password", "28P01"],
    ["nothing listens", "ECONNREFUSED"],
    ["the connection was cut", "ECONNRESET"],
    ["the network does not answer", "ETIMEDOUT"],
    ["the pipe broke", "EPIPE"],
    ["its name does not resolve", "ENOTFOUND"],
    ["the resolver does not answer", "EAI_AGAIN"],
  ])("%s (%s)", (_, code) => {
    const error = coded(code);
    expect(asUnavailable(error)).toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
    expect(asUnavailable(error)?.cause).toBe(error);
  });

  it.each([
    "Query read timeout",
    "timeout exceeded when trying to connect",
    "Connection terminated",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
    "Cannot use a pool after calling end on the pool",
  ])("the driver says, without a code, %j", (message) => {
    expect(asUnavailable(new Error(message))?.code).toBe("unavailable");
  });

  it("the query builder has wrapped such an error", () => {
    const cause = coded("57P01", "terminating connection due to administrator command");
    const wrapped = new Error("Failed query: select 1", { cause });
    expect(asUnavailable(wrapped)).toBeInstanceOf(Failure);
    expect(asUnavailable(wrapped)?.cause).toBe(cause);
  });
});

describe("an error is no 'not now', and repeating would not help, when", () => {
  it.each([
    ["a constraint says no", "23505"],
    ["a value has the wrong form", "22P02"],
    ["a table is missing", "42P01"],
    ["the transaction is aborted", "25P02"],
  ])("%s (%s)", (_, code) => {
    expect(asUnavailable(coded(code))).toBeUndefined();
    expect(asUnavailable(new Error("Failed query", { cause: coded(code) }))).toBeUndefined();
  });

  it("it is a bug of ours, or no error at all", () => {
    expect(asUnavailable(new TypeError("x is not a function"))).toBeUndefined();
    expect(asUnavailable(Object.assign(new Error("odd"), { code: 53 }))).toBeUndefined();
    expect(asUnavailable("57P01")).toBeUndefined();
    expect(asUnavailable(undefined)).toBeUndefined();
  });
});

it("the pooler's configuration, as shipped, says to Postgres what we would say", () => {
  const template = new URL("../../../infra/pgbouncer/pgbouncer.ini.template", import.meta.url);
  expect(readFileSync(template, "utf8")).toContain(`connect_query='${POOLER_CONNECT_QUERY}'`);
});
