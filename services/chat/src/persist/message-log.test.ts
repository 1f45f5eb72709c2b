import { Failure } from "@moim/protocol";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import type { Database } from "./database.ts";
import { MessageLog } from "./message-log.ts";

it("a commit that fails is measured like any other, and stores nothing", async () => {
  const registry = new Registry();
  const database = {
    transactPipelined: () => Promise.reject(new Failure("unavailable", "no answer")),
  } as unknown as Database;
  const log = new MessageLog(database, createMetrics(registry), () => {});
  const send = { roomId: "r", senderId: "s", clientId: "c", text: "hello", replyTo: null };
  await expect(log.append(send)).rejects.toMatchObject({ code: "unavailable" });
  const metrics = await registry.metrics();
  expect(metrics).toContain("moim_commit_seconds_count 1\n");
  expect(metrics).toContain("moim_commit_size_count 0\n");
  expect(metrics).toContain("moim_messages_total 0\n");
});
