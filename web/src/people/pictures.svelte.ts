import { SvelteMap } from "svelte/reactivity";

/** Which pictures have come, and which have not: known for as long as the page lives, by address. */
export class Pictures {
  readonly #known = new SvelteMap<string, "loaded" | "failed">();

  isLoaded(url: string): boolean {
    return this.#known.get(url) === "loaded";
  }

  /** Refused, not there, or no picture: not asked for again until `tryAgain`. */
  hasFailed(url: string): boolean {
    return this.#known.get(url) === "failed";
  }

  loaded(url: string): void {
    this.#known.set(url, "loaded");
  }

  failed(url: string): void {
    this.#known.set(url, "failed");
  }

  /** Whatever failed may come now. */
  tryAgain(): void {
    for (const [url, state] of this.#known) if (state === "failed") this.#known.delete(url);
  }
}
