import { HistoryInTurn } from "./history-in-turn.ts";
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

/** `owner`: who was signed in there; null where nobody was yet. */
type Entry = {
  depth: number;
  overlay: Overlay | null;
  owner: string | null;
  /** The place of the entry before, with something open over it, or that was. */
  isLayer?: boolean;
};

/**
 * The page's place, kept in the address bar. Small on purpose: a few places and dialogs need no
 * router library. Every entry knows how deep it is, so that "back" on the screen steps back in the
 * history where it can, and never leaves the page. And every entry knows whose it is: where somebody has
 * been, nobody else is led.
 */
export class Router {
  #place: Place = $state.raw({ name: "rooms" });
  #entry: Entry = $state.raw({ depth: 0, overlay: null, owner: null });
  #owner: string | null = null;
  /** Rooms that are there no more: history steps over their entries. */
  readonly #goneRooms = new Set<string>();
  /** Stepping back out of such a room; wherever that ends, the list is what follows. */
  #isLeaving = false;
  #hasMoved = false;
  /** What closes each thing that is open over the place, the topmost last. */
  #layers: readonly (() => void)[] = [];
  /** Where the entry before a layer's leads to, once one is there. */
  #afterLayer: Place | null = null;
  #isSteppingBack = false;
  readonly #history = new HistoryInTurn();
  /** Of the place; the address bar's follows once the history does. */
  #path = "";

  constructor() {
    this.#read();
    window.addEventListener("popstate", () => {
      this.#hasMoved = true;
      this.#isSteppingBack = false;
      // Who has gone on meanwhile is there already.
      if (this.#history.arrive() === "as it was") this.#read();
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

  /** Somebody is signed in: what was others' in the history is theirs no more. */
  belongTo(userId: string): void {
    this.#owner = userId;
    if (this.#isOthers(this.#entry)) this.replace({ name: "rooms" });
    else {
      this.#entry = { ...this.#entry, owner: userId };
      const entry = this.#entry;
      this.#history.do(() => history.replaceState(entry, ""));
    }
  }

  go(place: Place): void {
    if (pathOf(place) === this.#path && this.overlay === null) return;
    // A dialog that leads somewhere gives its history entry to that place.
    if (this.#isEntryFree) this.replace(place);
    else this.#write(place, this.#entryAt(this.#entry.depth + 1), "push");
  }

  replace(place: Place): void {
    this.#write(place, this.#entryAt(this.#entry.depth), "replace");
  }

  /** One step back; where there is none within the page, to `fallback`. */
  back(fallback: Place): void {
    // The browser takes its time: a second press must not lead back twice.
    if (this.#isSteppingBack) return;
    const { depth, isLayer } = this.#entry;
    if (depth > (isLayer ? 1 : 0)) this.#stepBack();
    else if (isLayer) {
      this.#afterLayer = fallback;
      this.#stepBack();
    } else this.replace(fallback);
  }

  /**
   * Something opens over the place: the next step back closes it and does nothing else. Returns what to
   * call when it has closed, for whatever reason. The entry stays then and is stepped over: going back
   * in the history takes time, in which somebody may have gone elsewhere.
   */
  openLayer(close: () => void): () => void {
    this.#layers = [...this.#layers, close];
    this.#coverByLayer();
    return () => {
      this.#layers = this.#layers.filter((layer) => layer !== close);
      this.#stepOut();
    };
  }

  #coverByLayer(): void {
    if (this.#entry.isLayer) return;
    const { depth, overlay } = this.#entry;
    this.#write(this.#place, { ...this.#entryAt(depth + 1, overlay), isLayer: true }, "push");
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
    if (this.#isEntryFree) {
      // One dialog at a time: the next one takes over the entry of the one before.
      this.#write(this.#place, this.#entryAt(this.#entry.depth, overlay), "replace");
    } else this.#write(this.#place, this.#entryAt(this.#entry.depth + 1, overlay), "push");
  }

  /** The entry is a dialog's, or was that of something that has closed: what opens next takes it over. */
  get #isEntryFree(): boolean {
    return this.overlay !== null || (this.#entry.isLayer === true && this.#layers.length === 0);
  }

  /**
   * At once: going back in the history takes time, in which somebody goes on typing. The entry stays, and is
   * stepped over as that of a layer that has closed.
   */
  closeOverlay(): void {
    if (this.overlay === null) return;
    // A layer over the dialog has an entry of its own, and the dialog's lies before it.
    if (this.#entry.isLayer) this.back(this.#place);
    else {
      // A place anew: whoever finds the focus lost lands on it.
      const entry = { ...this.#entryAt(this.#entry.depth), isLayer: true };
      this.#write({ ...this.#place }, entry, "replace");
      this.#stepOut();
    }
  }

  /**
   * Before the page's first entry there may be nothing to step over to: an installed app ends there, and a press on
   * "back" that only got out of what had closed already would seem to do nothing. So that entry is left as soon as it is
   * clear that nothing else takes it over; what happens until the browser has done so is shown, and written into the
   * history afterwards.
   */
  #stepOut(): void {
    const left = this.#entry;
    queueMicrotask(() => {
      this.#history.do(() => {
        if (this.#entry !== left || left.depth !== 1 || left.overlay !== null) return;
        // It is being left already: one step more would lead out of the page.
        if (!this.#isEntryFree || this.#isSteppingBack || this.#isLeaving) return;
        this.#entry = this.#entryAt(0);
        this.#history.stepOut();
      });
    });
  }

  /** One step back from a layer's entry: closes what is open, or goes on where nothing is any more. */
  #leaveLayer(): void {
    const close = this.#layers.at(-1);
    const wanted = this.#afterLayer;
    this.#afterLayer = null;
    if (wanted !== null) this.replace(wanted);
    else if (close === undefined) {
      // Where it leaves the page there may be nothing before it, and no step to wait for.
      if (this.#entry.depth > 0) this.#stepBack();
      else history.back();
    } else {
      this.#layers = this.#layers.slice(0, -1);
      close();
      if (this.#layers.length > 0) this.#coverByLayer();
    }
  }

  #isGone(place: Place): boolean {
    return place.name === "room" && this.#goneRooms.has(place.roomId);
  }

  #stepBack(): void {
    this.#isSteppingBack = true;
    this.#history.do(() => history.back());
  }

  #stepOver(depth: number): void {
    if (depth > 0) this.#history.do(() => history.back());
    else {
      this.#isLeaving = false;
      this.#write({ name: "rooms" }, this.#entryAt(0), "replace");
    }
  }

  #entryAt(depth: number, overlay: Overlay | null = null): Entry {
    return { depth, overlay, owner: this.#owner };
  }

  #isOthers({ owner }: Entry): boolean {
    return owner !== null && this.#owner !== null && owner !== this.#owner;
  }

  #write(place: Place, entry: Entry, how: "push" | "replace"): void {
    this.#hasMoved = true;
    // Whoever goes into a room finds it there: one can be invited again.
    if (place.name === "room") this.#goneRooms.delete(place.roomId);
    const path = pathOf(place);
    this.#history.do(() => {
      if (how === "push") history.pushState(entry, "", path);
      else history.replaceState(entry, "", path);
    });
    this.#path = path;
    this.#place = place;
    this.#entry = entry;
  }

  #read(): void {
    const stored = history.state as Partial<Entry> | null;
    this.#path = location.pathname;
    const place = placeOf(this.#path);
    const depth = stored?.depth ?? 0;
    const hasLeftLayer = this.#entry.isLayer === true && depth === this.#entry.depth - 1;
    if (this.#isGone(place)) {
      this.#stepOver(depth);
      return;
    }
    this.#place = place;
    this.#entry = {
      depth,
      overlay: stored?.overlay ?? null,
      owner: stored?.owner ?? null,
      ...(stored?.isLayer ? { isLayer: true } : {}),
    };
    if (hasLeftLayer && !this.#isLeaving) {
      this.#leaveLayer();
      return;
    }
    if (this.#isOthers(this.#entry)) this.replace({ name: "rooms" });
    if (!this.#isLeaving) return;
    this.#isLeaving = false;
    this.go({ name: "rooms" });
  }
}
