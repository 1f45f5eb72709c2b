import { randomUUID } from "node:crypto";
import { Line } from "../../gateway/caller.ts";
import type { Person } from "./people.ts";

const PAUSE_MS = 100;
const HEARD_WITHIN_MS = 30_000;

export type Peace = { sent: number; heard: number; lostConnections: number; slowestMs: number };

/** Two people who talk with each other all the time and must not notice anything. */
export class Bystanders {
  readonly roomId: string;
  readonly #lines: readonly Line[];
  readonly #heard = new Set<string>();
  readonly #sent: string[] = [];
  #slowestMs = 0;
  #isOver = false;
  #talking: Promise<void> = Promise.resolve();

  private constructor(roomId: string, lines: readonly Line[]) {
    this.roomId = roomId;
    this.#lines = lines;
    lines[1]?.socket.on("room:changes", ({ changes }: { changes: { clientId: string }[] }) => {
      for (const { clientId } of changes) this.#heard.add(clientId);
    });
  }

  static async begin(url: string, people: readonly [Person, Person]): Promise<Bystanders> {
    const lines = await Promise.all(people.map((person) => Line.open(url, person)));
    const created = await lines[0]?.ask("room:create", {
      ...{ kind: "group", clientId: randomUUID(), title: "undisturbed" },
      userIds: [people[1].userId],
    });
    const { room } = created as { room: { id: string } };
    const bystanders = new Bystanders(room.id, lines);
    bystanders.#talking = bystanders.#talk();
    return bystanders;
  }

  /** Rejects when something that was said was refused, or not answered. */
  async end(): Promise<Peace> {
    this.#isOver = true;
    await this.#talking;
    const deadline = Date.now() + HEARD_WITHIN_MS;
    while (this.#heard.size < this.#sent.length && Date.now() < deadline) await pause();
    const lostConnections = this.#lines.filter(({ lostAt }) => lostAt !== undefined).length;
    for (const line of this.#lines) line.close();
    const heard = this.#sent.filter((clientId) => this.#heard.has(clientId)).length;
    return { sent: this.#sent.length, heard, lostConnections, slowestMs: this.#slowestMs };
  }

  async #talk(): Promise<void> {
    while (!this.#isOver) {
      const clientId = randomUUID();
      const text = `nobody disturbs us ${this.#sent.length}`;
      const sentAt = Date.now();
      await this.#lines[0]?.ask("message:send", { roomId: this.roomId, clientId, text });
      this.#slowestMs = Math.max(this.#slowestMs, Date.now() - sentAt);
      this.#sent.push(clientId);
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
