import { type Place, pathOf, placeOf } from "./location.ts";

/** A dialog that covers the place; the back gesture closes it. */
export type Overlay =
  | { name: "new-room" }
  | { name: "invite" }
  | { name: "rename" }
  /** Finds a room by its name and goes there. */
  | { name: "switcher" }
  /** Somebody's profile. */
  | { name: "person"; userId: string };

type Entry = { depth: number; overlay: Overlay | null };

/**
 * The page's place, kept in the address bar. Small on purpose: a few places and dialogs need no
 * router library. Every entry knows how deep it is, so that "back" on the screen steps back in the
 * history where it can, and never leaves the page.
 */
export class Router {
  #place: Place = $state.raw({ name: "rooms" });
  #entry: Entry = $state.raw({ depth: 0, overlay: null });
  /** Rooms that are there no more: history steps over their entries. */
  readonly #goneRooms = new Set<string>();
  /** Stepping back out of such a room; wherever that ends, the list is what follows. */
  #isLeaving = false;
  #hasMoved = false;

  constructor() {
    this.#read();
    window.addEventListener("popstate", () => {
      this.#hasMoved = true;
      this.#read();
    });
  }

  /** False while the page is where it was loaded. */
  get hasMoved(): boolean {
    return this.#hasMoved;
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

  /** From a room that is there no more to the list. Neither back nor forward leads into it again. */
  leaveForGood(roomId: string): void {
    this.#goneRooms.add(roomId);
    if (!this.#isGone(this.#place)) return;
    this.#isLeaving = true;
    this.#stepOver(this.#entry.depth);
    // At once: what is stepped over on the way is not to be seen.
    this.#place = { name: "rooms" };
    this.#entry = { ...this.#entry, overlay: null };
  }

  openOverlay(overlay: Overlay): void {
    if (this.overlay !== null) {
      // One dialog at a time: the next one takes over the entry of the one before.
      this.#write(this.#place, { depth: this.#entry.depth, overlay }, "replace");
    } else this.#write(this.#place, { depth: this.#entry.depth + 1, overlay }, "push");
  }

  closeOverlay(): void {
    if (this.overlay !== null) this.back(this.#place);
  }

  #isGone(place: Place): boolean {
    return place.name === "room" && this.#goneRooms.has(place.roomId);
  }

  #stepOver(depth: number): void {
    if (depth > 0) history.back();
    else {
      this.#isLeaving = false;
      this.#write({ name: "rooms" }, { depth: 0, overlay: null }, "replace");
    }
  }

  #write(place: Place, entry: Entry, how: "push" | "replace"): void {
    this.#hasMoved = true;
    // Whoever goes into a room finds it there: one can be invited again.
    if (place.name === "room") this.#goneRooms.delete(place.roomId);
    if (how === "push") history.pushState(entry, "", pathOf(place));
    else history.replaceState(entry, "", pathOf(place));
    this.#place = place;
    this.#entry = entry;
  }

  #read(): void {
    const stored = history.state as Partial<Entry> | null;
    const place = placeOf(location.pathname);
    const depth = stored?.depth ?? 0;
    if (this.#isGone(place)) {
      this.#stepOver(depth);
      return;
    }
    this.#place = place;
    this.#entry = { depth, overlay: stored?.overlay ?? null };
    if (!this.#isLeaving) return;
    this.#isLeaving = false;
    this.go({ name: "rooms" });
  }
}
