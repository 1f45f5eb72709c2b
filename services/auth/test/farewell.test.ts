import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { PASSWORD, startAuthServer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

it("what has been asked is answered before the service closes", async () => {
  const { server: leaving, close } = await startAuthServer();
  await leaving.signUp("leaving");
  await leaving.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = leaving.app.server.address() as AddressInfo;
  const blocker = await leaving.pool.connect();
  await blocker.query("BEGIN");
  await blocker.query("LOCK TABLE auth.users IN ACCESS EXCLUSIVE MODE");
  const answer = fetch(`http://127.0.0.1:${port}/api/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "leaving@example.org", password: PASSWORD }),
  }).then((response) => response.status);
  // In this database: others of the same server, whose tests run meanwhile, have locks of their own.
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await leaving.pool.query(waiting)).rowCount).toBe(1);

  const closed = leaving.app.close();
  await blocker.query("COMMIT");
  blocker.release();
  expect(await answer).toBe(200);
  await closed;
  await close();
});

it("a request has a time to arrive as a whole", () => {
  const { headersTimeout, requestTimeout } = server().app.server;
  expect(requestTimeout).toBeGreaterThan(0);
  expect(requestTimeout).toBeLessThanOrEqual(15_000);
  // Node swaps the two when the head is given more time, and the body would have a minute.
  expect(headersTimeout).toBeGreaterThan(0);
  expect(headersTimeout).toBeLessThanOrEqual(requestTimeout);
});
