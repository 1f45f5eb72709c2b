/** Where those who begin together wait until each is there, or has given up. */
export class Rendezvous {
  readonly #met: Promise<void>;
  #meet: () => void = () => {};
  #missing: number;

  constructor(count: number) {
    this.#missing = count;
    this.#met = new Promise((resolve) => {
      this.#meet = resolve;
    });
  }

  /** Each says it once. Resolves when nobody is missing any more. */
  arrive(): Promise<void> {
    this.#missing -= 1;
    if (this.#missing <= 0) this.#meet();
    return this.#met;
  }
}
