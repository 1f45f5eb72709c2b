import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";

const role = `node_${randomBytes(6).toString("hex")}`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 0 });
  await world.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'first'`);
  const { rows } = await world.pool.query("SELECT current_user AS owner");
  await world.pool.query(`GRANT ${at(rows, 0).owner} TO ${role}`);
  const url = new URL(world.databaseUrl);
  url.username = role;
  url.password = "first";
  await world.addNode({ DATABASE_URL: url.href });
});
afterAll(async () => {
  await world.close();
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  await client.query(`DROP ROLE ${role}`);
  await client.end();
});

it("a database that lets the node in no more is a database that does not answer, told in short lines", async () => {
  const { roomId, clients } = await world.group(1);
  const sender = at(clients, 0);
  // As after a new password: whoever comes is refused, and idle connections do not last for long.
  await world.pool.query(`ALTER ROLE ${role} NOLOGIN`);
  const { rowCount } = await world.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
    [role],
  );
  expect(rowCount).toBeGreaterThan(0);
  const send = { roomId, clientId: randomUUID(), text: "hello" };
  expect(await sender.refused("message:send", send)).toBe("unavailable");

  await world.pool.query(`ALTER ROLE ${role} LOGIN`);
  expect(await sender.insist("message:send", send)).toMatchObject({ duplicate: false });
  const { logs } = at(world.nodes, 0);
  const lines = logs.filter((line) => /database connection lost|"unavailable"/.test(line));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.includes('"stack"'))).toEqual([]);
  expect(logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);

  // And that it is over.
  const isBack = (line: string) => line.includes("connected to the database again");
  expect(logs.findIndex(isBack)).toBeGreaterThan(logs.indexOf(at(lines, 0)));
});
