import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { freePort } from "@moim/local";

/** Answers nothing, and lets so many wait to be accepted. */
const LISTENER =
  "require('node:net').createServer().listen(+process.argv[1], '127.0.0.1', +process.argv[2], () => console.log('listens'))";
const WAITING_MAX = 511;
const CONNECTED_WITHIN_MS = 200;

/** A port where a node was, and what becomes of whoever connects to it now. */
export class AbsentNode {
  readonly port: number;
  readonly #process: ChildProcess | undefined;
  readonly #waiting: Socket[] = [];

  private constructor(port: number, process?: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  /** Its process has ended: connections are refused. */
  static async ended(): Promise<AbsentNode> {
    return new AbsentNode(await freePort());
  }

  /** Its process stands still: the kernel accepts, nobody answers. */
  static async hanging(): Promise<AbsentNode> {
    const port = await freePort();
    return new AbsentNode(port, await stoppedListener(port, WAITING_MAX));
  }

  /** Its packets are dropped: whoever connects hears nothing at all. */
  static async unreachable(): Promise<AbsentNode> {
    const port = await freePort();
    const node = new AbsentNode(port, await stoppedListener(port, 1));
    while (await node.#takesOneMore()) {}
    return node;
  }

  remove(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#process?.kill("SIGKILL");
  }

  /** A full queue drops what asks to come in. */
  #takesOneMore(): Promise<boolean> {
    const socket = connect(this.port, "127.0.0.1");
    this.#waiting.push(socket);
    socket.on("error", () => {});
    return new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      setTimeout(() => resolve(false), CONNECTED_WITHIN_MS);
    });
  }
}

async function stoppedListener(port: number, waitingMax: number): Promise<ChildProcess> {
  const parameters = ["-e", LISTENER, String(port), String(waitingMax)];
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGSTOP");
  return child;
}
