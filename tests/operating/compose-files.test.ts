import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => parse(readFileSync(new URL(path, ROOT), "utf8"), { merge: true });

it("nodes that write heap snapshots are started as they are without, but for that", () => {
  const shipped: string[] = read("docker-compose.yml").services.chat.command;
  const added = ["--heapsnapshot-signal=SIGUSR2", "--diagnostic-dir=/snapshots"];
  const { command } = read("infra/compose/heap-snapshots.yml").services.chat;
  expect(command).toEqual([...shipped.slice(0, -1), ...added, ...shipped.slice(-1)]);
});
