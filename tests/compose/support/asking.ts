import { signUp } from "../../gateway/caller.ts";

const EVERY_MS = 300;

/** Somebody who asks the auth service for something all the time, reading and writing in turn. */
export class Asking {
  readonly #url: string;
  readonly #statuses: number[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#done = this.#ask();
  }

  /** The status of every answer; 0 for none. */
  async stop(): Promise<number[]> {
    this.#isStopped = true;
    await this.#done;
    return this.#statuses;
  }

  async #ask(): Promise<void> {
    while (!this.#isStopped) {
      this.#statuses.push(await this.#read(), await this.#write());
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  #read(): Promise<number> {
    const path = "/api/auth/nickname-availability?nickname=nobody";
    return fetch(this.#url + path).then(
      ({ status }) => status,
      () => 0,
    );
  }

  #write(): Promise<number> {
    return signUp(this.#url).then(
      () => 201,
      (error: unknown) => Number(/^sign-up: (\d+)/.exec(String(error))?.[1] ?? 0),
    );
  }
}
