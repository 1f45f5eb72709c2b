import { type Place, pathOf, placeOf } from "./location.ts";

/** A dialog that covers the place; the back gesture closes it. */
export type Overlay = "new-room" | "invite";

type Entry = { depth: number; overlay: Overlay | null };

/**
 * The page's place, kept in the address bar. Small on purpose: four places and two dialogs need no
 * router library. Every entry knows how deep it is, so that "back" on the screen steps back in the
 * history where it can, and never leaves the page.
 */
export class Router {
  #place: Place = $state.raw({ name: "rooms" });
  #entry: Entry = $state.raw({ depth: 0, overlay: null });

  constructor() {
    this.#read();
    window.addEventListener("popstate", () => this.#read());
  }

  get place(): Place {
    return this.#place;
  }

  get overlay(): Overlay | null {
    return this.#entry.overlay;
  }

  go(place: Place): void {
    if (pathOf(place) === location.pathname && this.overlay === null) return;
    // A dialog that leads somewhere gives its history entry to that place.
    if (this.overlay !== null) this.replace(place);
    else this.#write(place, { depth: this.#entry.depth + 1, overlay: null }, "push");
  }

  replace(place: Place): void {
    this.#write(place, { depth: this.#entry.depth, overlay: null }, "replace");
  }

  /** One step back; where there is none within the page, to `fallback`. */
  back(fallback: Place): void {
    if (this.#entry.depth > 0) history.back();
    else this.replace(fallback);
  }

  openOverlay(overlay: Overlay): void {
    if (this.overlay === overlay) return;
    this.#write(this.#place, { depth: this.#entry.depth + 1, overlay }, "push");
  }

  closeOverlay(): void {
    if (this.overlay !== null) this.back(this.#place);
  }

  #write(place: Place, entry: Entry, how: "push" | "replace"): void {
    if (how === "push") history.pushState(entry, "", pathOf(place));
    else history.replaceState(entry, "", pathOf(place));
    this.#place = place;
    this.#entry = entry;
  }

  #read(): void {
    const stored = history.state as Partial<Entry> | null;
    this.#place = placeOf(location.pathname);
    this.#entry = { depth: stored?.depth ?? 0, overlay: stored?.overlay ?? null };
  }
}
