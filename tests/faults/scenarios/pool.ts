import type { World } from "../faults/world.ts";
import { type Minted, mint } from "../workload/minted.ts";

const POOL = 250;
const PREFIX = "f";
const LONG_SECONDS = 3_600;

/** Users made beforehand, each for one run of one scenario. */
export class Pool {
  readonly #world: World;
  #prefix = 0;
  #free: Minted[] = [];

  private constructor(world: World) {
    this.#world = world;
  }

  static async fill(world: World): Promise<Pool> {
    const pool = new Pool(world);
    await pool.#mintMore();
    return pool;
  }

  async take(count: number): Promise<Minted[]> {
    if (this.#free.length < count) await this.#mintMore();
    return this.#free.splice(0, count);
  }

  /** Users of their own whose access tokens run out so soon. */
  async takeExpiring(ttlSeconds: number): Promise<Minted[]> {
    return mint(this.#world.cluster, this.#newPrefix(), 1, ttlSeconds);
  }

  async #mintMore(): Promise<void> {
    this.#free.push(...(await mint(this.#world.cluster, this.#newPrefix(), POOL, LONG_SECONDS)));
  }

  #newPrefix(): string {
    this.#prefix += 1;
    return `${PREFIX}${this.#prefix.toString(36)}_`;
  }
}

/** One more session of somebody who has one: sessions are told apart, users are not. */
export async function anotherSession(world: World, { nickname }: Minted): Promise<Minted> {
  const prefix = nickname.replace(/\d+$/, "");
  const users = await mint(
    world.cluster,
    prefix,
    Number(nickname.slice(prefix.length)) + 1,
    LONG_SECONDS,
  );
  const again = users.find((user) => user.nickname === nickname);
  if (!again) throw new Error(`${nickname} was not found again`);
  return again;
}
