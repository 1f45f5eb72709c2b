import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export type DatabaseProxy = {
  /** The database's URL through the proxy. */
  url: string;
  /** The next transaction that concerns messages is committed; instead of its answer comes the connection's end. */
  loseNextCommitAnswer(): void;
  /** The same, and its answer is kept back: to the node it is as if it had been slow to look. */
  holdNextCommitAnswer(): HeldCommit;
  /** Bytes stop, connections stay open: a database or a network that hangs. */
  setFrozen(frozen: boolean): void;
  close(): Promise<void>;
};

export type HeldCommit = {
  /** Resolves once the transaction is committed. */
  committed: Promise<void>;
  release(): void;
};

/** What becomes of what the database says from the COMMIT on; `isCommitted`: once the commit has been answered. */
type Fate = (bytes: Buffer, client: Socket, isCommitted: boolean) => void;

/** A statement's text, or the name of one that was prepared earlier: each commit of sends asks for facts. */
const ABOUT_MESSAGES = /chat\.messages|read-facts/;

/** Stands between a node and the real Postgres, and breaks what is asked for. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let nextFate: Fate | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let fate: Fate | undefined;
    let transaction = "";
    let answer = "";
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (isFrozen) return;
      // The first statements may have left together with the BEGIN.
      const text = bytes.toString("latin1");
      const begin = text.lastIndexOf("BEGIN");
      transaction = begin < 0 ? transaction + text : text.slice(begin);
      if (nextFate && bytes.includes("COMMIT") && ABOUT_MESSAGES.test(transaction)) {
        fate = nextFate;
        nextFate = undefined;
        answer = "";
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (isFrozen) return;
      if (!fate) {
        client.write(bytes);
        return;
      }
      // The statements before it may have left together with the COMMIT, and are answered first.
      answer += bytes.toString("latin1");
      const isCommitted = answer.includes("COMMIT");
      if (isCommitted) answer = "";
      fate(bytes, client, isCommitted);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    loseNextCommitAnswer() {
      nextFate = (_bytes, client, isCommitted) => void (isCommitted && client.destroy());
    },
    holdNextCommitAnswer() {
      const held = new Hold();
      nextFate = (...answered) => held.keep(...answered);
      return held;
    },
    setFrozen(frozen) {
      isFrozen = frozen;
      // What stood still in the middle of a conversation cannot go on.
      if (!frozen) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the database has answered and the node has not been told. */
class Hold implements HeldCommit {
  readonly committed: Promise<void>;
  #isCommitted: () => void = () => {};
  #release: (() => void)[] | undefined = [];

  constructor() {
    this.committed = new Promise((resolve) => {
      this.#isCommitted = resolve;
    });
  }

  keep(bytes: Buffer, client: Socket, isCommitted: boolean): void {
    if (this.#release) this.#release.push(() => client.write(bytes));
    else client.write(bytes);
    if (isCommitted) this.#isCommitted();
  }

  release(): void {
    for (const write of this.#release ?? []) write();
    this.#release = undefined;
  }
}
