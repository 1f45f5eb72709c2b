/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />

// The service worker: the page without a network, and what a click on a notification opens.
// It imports nothing, so that it is one file; `build/service-worker.ts` fills in the shell's files.

type Shell = { version: string; files: readonly string[] };
const SHELL: Shell = JSON.parse("__SHELL__");

const CACHE_PREFIX = "moim-shell-";
const CACHE = CACHE_PREFIX + SHELL.version;
const PAGE = "/index.html";
/** A network that has said nothing for so long is no network. */
const PAGE_TIMEOUT_MS = 3_000;
/** Never answered from here: what these say is true for this moment and this user only. */
const LIVE_PATHS = ["/api/", "/socket.io/", "/.well-known/"];

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOldShells().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (LIVE_PATHS.some((path) => pathname.startsWith(path))) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (pathname.startsWith("/assets/") || SHELL.files.includes(pathname)) {
    event.respondWith(file(request));
  }
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { roomId } = (event.notification.data ?? {}) as { roomId?: string };
  if (roomId !== undefined) event.waitUntil(openRoom(roomId));
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache: the page must be the one of these files.
  const requests = [PAGE, ...SHELL.files].map((path) => new Request(path, { cache: "reload" }));
  try {
    await cache.addAll(requests);
  } catch (error) {
    // All or nothing is kept; what has nothing is not the version before of any other.
    if ((await cache.keys()).length === 0) await caches.delete(CACHE);
    throw error;
  }
}

/**
 * Open tabs may still be asking for the files of their version, however old. The one before stays in any case: a
 * tab that is just loading has not said so yet.
 */
async function dropOldShells(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
  const beforeLast = shells.filter((name) => name !== CACHE).slice(0, -1);
  const entries = await entriesOfTabs();
  for (const name of beforeLast) {
    if (!(await isAnyIn(name, entries))) await caches.delete(name);
  }
}

/** Every tab holds a lock that is called as the script it has begun with (`Shell`). */
async function entriesOfTabs(): Promise<string[]> {
  const { held = [] } = (await worker.navigator.locks?.query()) ?? {};
  return held.flatMap(({ name }) => (name?.startsWith("/assets/") ? [name] : []));
}

async function isAnyIn(cacheName: string, paths: readonly string[]): Promise<boolean> {
  const cache = await caches.open(cacheName);
  const found = await Promise.all(paths.map((path) => cache.match(path)));
  return found.some((response) => response !== undefined);
}

/** Fresh wherever there is a network, so that no old page outlives an update. */
async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(PAGE);
  if (kept === undefined) return fetch(request);
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), PAGE_TIMEOUT_MS);
  try {
    const fresh = await fetch(request, { signal: given.signal });
    // A proxy without its servers behind it answers, too.
    return fresh.status >= 500 ? kept : fresh;
  } catch {
    return kept;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What has a name of its own for each content is the same for ever. Of the few files that have one name in all versions
 * the page wants its own version's, however old the tabs are whose files are kept as well.
 */
async function file(request: Request): Promise<Response> {
  const anyQuery = { ignoreSearch: true };
  const own = await (await caches.open(CACHE)).match(request, anyQuery);
  const kept = own ?? (await caches.match(request, anyQuery));
  if (kept !== undefined) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await keepFile(request, fresh.clone());
  return fresh;
}

async function keepFile(request: Request, response: Response): Promise<void> {
  try {
    await (await caches.open(CACHE)).put(request, response);
  } catch {
    // No space is left on the device: it is asked for again next time.
  }
}

/** In a window that is there already, or in a new one. */
async function openRoom(roomId: string): Promise<void> {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const target = windows.find((window) => window.visibilityState === "visible") ?? windows[0];
  if (target === undefined) {
    await worker.clients.openWindow(`/rooms/${encodeURIComponent(roomId)}`);
    return;
  }
  target.postMessage({ type: "open-room", roomId });
  await target.focus();
}
