import type { CDPSession, Locator, Page } from "playwright-core";

/** Resolves to the milliseconds from the start of navigation until a frame shows the selector. */
export async function loadUntil(page: Page, path: string, selector: string): Promise<number> {
  await page.goto(path, { waitUntil: "commit" });
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector(wanted) === null) requestAnimationFrame(look);
          // Drawn in this frame: what is on the screen after it.
          else setTimeout(() => resolve(performance.now()));
        };
        look();
      }),
    selector,
  );
}

/** Clicks a room's row; resolves to the milliseconds until a frame shows one of its messages. */
export async function switchRoom(page: Page, roomId: string, mark: string): Promise<number> {
  return page.evaluate(
    ([id, text]) =>
      new Promise<number>((resolve) => {
        const row = document.querySelector<HTMLElement>(`[data-room-id="${id}"]`);
        const start = performance.now();
        row?.click();
        const look = () => {
          const shown = [...document.querySelectorAll("[data-testid=message]")];
          if (!shown.some((message) => message.textContent?.includes(text))) {
            requestAnimationFrame(look);
          } else setTimeout(() => resolve(performance.now() - start));
        };
        requestAnimationFrame(look);
      }),
    [roomId, mark] as const,
  );
}

/** Begins to note how long each key takes until the next frame, and tasks of over 50 ms. */
export async function watchTyping(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted = { keys: [] as number[], tasks: [] as number[] };
    Object.assign(window, { noted });
    window.addEventListener(
      "keydown",
      ({ timeStamp }) => {
        requestAnimationFrame(() =>
          setTimeout(() => noted.keys.push(performance.now() - timeStamp)),
        );
      },
      { capture: true },
    );
    new PerformanceObserver((list) => {
      noted.tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask" });
  });
}

export function noted(page: Page): Promise<{ keys: number[]; tasks: number[] }> {
  return page.evaluate(
    () => (window as unknown as { noted: { keys: number[]; tasks: number[] } }).noted,
  );
}

/** Milliseconds between frames while the wheel turns over something, up (negative) or down. */
export async function framesWhileScrolling(
  scroller: Locator,
  turns: number,
  step: number,
): Promise<number[]> {
  const page = scroller.page();
  const box = await scroller.boundingBox();
  if (box === null) throw new Error("nothing to scroll");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames });
  });
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, step);
    await page.waitForTimeout(16);
  }
  return page.evaluate(() => (window as unknown as { frames: number[] }).frames.slice(1));
}

/** Nothing is taken from the browser's cache or the service worker, as at a first visit. */
export async function coldBrowser(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  await devtools.send("Network.setBypassServiceWorker", { bypass: true });
  return devtools;
}
