import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { TcpProxy } from "@moim/local";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Longer than anything on this machine takes that is not held up. */
const A_MOMENT_MS = 150;

let server: Server;
let heard: string[];
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  heard = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(String(bytes));
      socket.write(`echo ${bytes}`);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await TcpProxy.start(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.stop();
  server.close();
});

/** Somebody behind the proxy, and what came back so far. */
async function caller(): Promise<{ socket: Socket; came: () => string }> {
  const socket = connect(proxy.port, "127.0.0.1");
  sockets.push(socket);
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    text += bytes;
  });
  await once(socket, "connect");
  return { socket, came: () => text };
}

/** However it ended: a reset is an end too. */
const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));
const aMoment = () => new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));

test("everything passes, both ways", async () => {
  const { socket, came } = await caller();
  socket.write("one");
  await expect.poll(came).toBe("echo one");
});

test("lost answers: what is said arrives, and nothing comes back; mended, such a connection ends", async () => {
  const { socket, came } = await caller();
  proxy.network = "answers lost";
  socket.write("one");
  await expect.poll(() => heard).toEqual(["one"]);
  await aMoment();
  expect(came()).toBe("");
  const ended = closed(socket);
  proxy.mend();
  await ended;
});

test("half-open: nothing passes, and the connection stands", async () => {
  const { socket, came } = await caller();
  proxy.network = "half-open";
  socket.write("one");
  await aMoment();
  expect([heard, came(), socket.readyState]).toEqual([[], "", "open"]);
});

test("only those who introduced themselves so are frozen", async () => {
  const [one, other] = [await caller(), await caller()];
  one.socket.write("I am one");
  other.socket.write("I am other");
  await expect.poll(other.came).toBe("echo I am other");
  await expect.poll(one.came).toBe("echo I am one");
  expect(proxy.freeze("am one")).toBe(1);
  one.socket.write("?");
  other.socket.write("?");
  await expect.poll(other.came).toBe("echo I am otherecho ?");
  await aMoment();
  expect(one.came()).toBe("echo I am one");
});

test("a gatekeeper lets the question pass and ends the connection instead of the answer", async () => {
  const { socket, came } = await caller();
  proxy.gatekeeper = (bytes) => (bytes.includes("COMMIT") ? "cut answer" : "pass");
  socket.write("BEGIN");
  await expect.poll(came).toBe("echo BEGIN");
  const ended = closed(socket);
  socket.write("COMMIT");
  await ended;
  expect([heard, came()]).toEqual([["BEGIN", "COMMIT"], "echo BEGIN"]);
});

test("a reader that stands still gets everything when it reads on", async () => {
  const { socket, came } = await caller();
  socket.write("one");
  await expect.poll(came).toBe("echo one");
  proxy.network = "stalled";
  socket.write("two");
  await expect.poll(() => heard).toEqual(["one", "two"]);
  await aMoment();
  expect(came()).toBe("echo one");
  proxy.mend();
  await expect.poll(came).toBe("echo oneecho two");
});

test("order holds where a slow network becomes a quick one", async () => {
  const { socket } = await caller();
  proxy.network = "slow";
  socket.write("one");
  await aMoment();
  proxy.network = "well";
  socket.write("two");
  await expect.poll(() => heard.join("")).toBe("onetwo");
});

test("down: who comes is refused, who is there stays", async () => {
  const { socket, came } = await caller();
  socket.write("one");
  await expect.poll(came).toBe("echo one");
  proxy.network = "down";
  const refused = connect(proxy.port, "127.0.0.1").on("error", () => {});
  await closed(refused);
  socket.write("two");
  await expect.poll(came).toBe("echo oneecho two");
});
