import type { Page } from "playwright-core";

/** Where a row stood in each picture that the browser drew, in px from the upper edge of the view. */
export type Sighting = { readonly seq: number; readonly tops: readonly number[] };

/** So many pictures are looked at after what may have moved the row. */
export const FRAMES_AFTER = 6;

/**
 * A reader's eye in the open room: rests on the first message that is wholly in view and notes, in
 * every frame, where it stands.
 */
export class Eye {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async rest(page: Page): Promise<Eye> {
    await page.evaluate(() => {
      const view = document.querySelector("[data-testid=timeline]");
      if (view === null) throw new Error("no room is open");
      const { top, bottom } = view.getBoundingClientRect();
      const rows = [...view.querySelectorAll<HTMLElement>("[data-testid=message]")];
      const row = rows.find((candidate) => {
        const box = candidate.getBoundingClientRect();
        return box.top >= top && box.bottom <= bottom;
      });
      if (row === undefined) throw new Error("no message is wholly in view");
      const seq = Number(row.dataset.seq);
      const eye = { seq, tops: [] as number[], frame: 0 };
      const note = (rowTop: number) => eye.tops.push(Math.round((rowTop - top) * 10) / 10);
      // As the browser draws it: read at any other moment, what has just changed would stand where nobody
      // sees it, before resize observers have corrected it.
      const noteAsDrawn = (seen: Element) => {
        const drawn = new IntersectionObserver(([entry]) => {
          drawn.disconnect();
          if (entry && seen.isConnected) note(entry.boundingClientRect.top);
        });
        drawn.observe(seen);
      };
      const look = () => {
        const seen = view.querySelector(`[data-testid=message][data-seq="${seq}"]`);
        if (seen === null) note(Number.NaN);
        else noteAsDrawn(seen);
        eye.frame = requestAnimationFrame(look);
      };
      note(row.getBoundingClientRect().top);
      look();
      Object.assign(globalThis, { eye });
    });
    return new Eye(page);
  }

  /** Whatever has happened so far has been drawn, and looked at, when this resolves. */
  async lift(): Promise<Sighting> {
    return this.#page.evaluate(async (frames) => {
      const { eye } = globalThis as unknown as { eye: Sighting & { frame: number } };
      for (const enough = eye.tops.length + frames; eye.tops.length < enough; ) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      cancelAnimationFrame(eye.frame);
      return { seq: eye.seq, tops: eye.tops };
    }, FRAMES_AFTER);
  }
}
