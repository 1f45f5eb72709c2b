const UPDATE_EVERY_MS = 60 * 60_000;

/** The installed page: its service worker, if the browser has one, and what that one tells. */
export class Shell {
  #registration: ServiceWorkerRegistration | null = null;
  #hasUpdate = $state(false);

  /** `entry`: the path of the script that the page has begun with. `openRoom`: a notification was clicked. */
  async install(entry: string, openRoom: (roomId: string) => void): Promise<void> {
    const { serviceWorker } = navigator;
    // Absent without a secure origin, and not worth having while the page is being written.
    if (serviceWorker === undefined || !import.meta.env.PROD) return;
    holdVersion(entry);
    serviceWorker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (isOpenRoom(data)) openRoom(data.roomId);
    });
    // The first worker of all takes over, too; the page that it takes over is its own version.
    let wasControlled = serviceWorker.controller !== null;
    serviceWorker.addEventListener("controllerchange", () => {
      this.#hasUpdate = wasControlled;
      wasControlled = true;
    });
    try {
      this.#registration = await serviceWorker.register("/sw.js");
    } catch {
      // Refused in some private windows: the page works without.
      return;
    }
    setInterval(() => this.#registration?.update().catch(() => undefined), UPDATE_EVERY_MS);
  }

  /** A newer version of the page is there; reloading shows it. */
  get hasUpdate(): boolean {
    return this.#hasUpdate;
  }

  /** Null while there is no worker that could show anything. */
  get notifications(): ServiceWorkerRegistration | null {
    return this.#registration?.active ? this.#registration : null;
  }
}

/** For as long as the page lives the worker keeps the files of its version: some are asked for only when needed. */
function holdVersion(entry: string): void {
  const forEver = new Promise<never>(() => {});
  // Only a page that ends is refused.
  navigator.locks?.request(entry, { mode: "shared" }, () => forEver).catch(() => undefined);
}

function isOpenRoom(data: unknown): data is { type: "open-room"; roomId: string } {
  const { type, roomId } = (data ?? {}) as { type?: unknown; roomId?: unknown };
  return type === "open-room" && typeof roomId === "string";
}
