import { signUp } from "../../gateway/caller.ts";

const EVERY_MS = 300;

/** Somebody who asks the auth service for something all the time, reading and writing in turn. */
export class Asking {
  readonly #url: string;
  readonly #statuses: string[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#done = this.#ask();
  }

  /** What came of each question: its status, or why there was none. */
  async stop(): Promise<string[]> {
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

  #read(): Promise<string> {
    const path = "/api/auth/nickname-availability?nickname=nobody";
    return fetch(this.#url + path).then(({ status }) => `read: ${status}`, String);
  }

  #write(): Promise<string> {
    return signUp(this.#url).then(() => "written: 201", String);
  }
}
