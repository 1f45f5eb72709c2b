import { beforeEach, expect, test, vi } from "vitest";

const ORIGIN = "https://chat.example";
/** A script and no module, as far as types go: that it runs is all there is to importing it. */
const WORKER: string = "./worker.ts";

/** As much of the browser's caches as is asked for a file: the oldest first, as it asks itself. */
class FakeCaches {
  readonly all = new Map<string, Map<string, string>>();

  keep(name: string, path: string, text: string): void {
    const cache = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, cache.set(path, text));
  }
  async open(name: string) {
    return { match: async (request: Request) => answer(this.all.get(name), request) };
  }
  async match(request: Request): Promise<Response | undefined> {
    for (const cache of this.all.values()) {
      const found = answer(cache, request);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function answer(cache: Map<string, string> | undefined, { url }: Request): Response | undefined {
  const text = cache?.get(new URL(url).pathname);
  return text === undefined ? undefined : new Response(text);
}

type Fetch = { request: Request; respondWith(response: Promise<Response>): void };

let caches: FakeCaches;
let onFetch: (event: Fetch) => void;
beforeEach(async () => {
  caches = new FakeCaches();
  const listeners = new Map<string, (event: Fetch) => void>();
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("location", new URL(ORIGIN));
  vi.stubGlobal("addEventListener", (name: string, listener: (event: Fetch) => void) =>
    listeners.set(name, listener),
  );
  // What the build fills in.
  const shell = { version: "new", files: ["/first-paint.js"] };
  const original = JSON.parse;
  const parse = vi
    .spyOn(JSON, "parse")
    .mockImplementation((text, revive) => (text === "__SHELL__" ? shell : original(text, revive)));
  vi.resetModules();
  await import(/* @vite-ignore */ WORKER);
  parse.mockRestore();
  onFetch = listeners.get("fetch") ?? (() => {});
  return () => vi.unstubAllGlobals();
});

async function textOf(path: string): Promise<string> {
  const response = await new Promise<Response>((resolve, reject) => {
    const respondWith = (given: Promise<Response>) => void given.then(resolve, reject);
    onFetch({ request: new Request(ORIGIN + path), respondWith });
  });
  return response.text();
}

test("what has one name in all versions is this version's, others' files come from where they are", async () => {
  caches.keep("moim-shell-old", "/first-paint.js", "old");
  caches.keep("moim-shell-old", "/assets/room-old.js", "a tab's, of the version before");
  caches.keep("moim-shell-new", "/first-paint.js", "new");
  expect(await textOf("/first-paint.js")).toBe("new");
  expect(await textOf("/assets/room-old.js")).toBe("a tab's, of the version before");
});
