import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { commandsOfPage, editsOfPage, rewriteLine } from "../compose/support/upgrade-page.ts";

const SHIPPED = readFileSync(new URL("../../docker-compose.yml", import.meta.url), "utf8");

it("what the page has one write for a new major version of Postgres fits the shipped file", () => {
  const edits = editsOfPage();
  expect(edits).toHaveLength(3);
  const edited = edits.reduce((file, { from, to }) => rewriteLine(file, from, to), SHIPPED);
  const [before, after] = [SHIPPED, edited].map((file) => parse(file, { merge: true }));
  const { postgres } = before.services;
  const [folder] = postgres.volumes;
  expect(after).toEqual({
    ...before,
    services: {
      ...before.services,
      postgres: {
        ...postgres,
        image: expect.stringMatching(/^postgres:19/),
        volumes: [folder.replace(/^postgres:/, "postgres-19:"), ...postgres.volumes.slice(1)],
      },
    },
    volumes: { ...without(before.volumes, "postgres"), "postgres-19": {} },
  });
  expect(after).not.toEqual(before);
});

it("the page's commands take a backup before the old files are left, and bring it back before people come", () => {
  const commands = commandsOfPage().filter((line) => !line.startsWith("#"));
  const programs = commands.map((line) => line.replace(/^docker compose /, "").split(" ")[0]);
  expect(programs).toEqual(["stop", "./infra/backup", "down", "up", "./infra/restore", "up"]);
});

function without(volumes: Record<string, object>, name: string): Record<string, object> {
  return Object.fromEntries(Object.entries(volumes).filter(([other]) => other !== name));
}
