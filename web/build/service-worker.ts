import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const WORKER = "src/service-worker/worker.ts";
const NAME = "sw.js";
/** Stands in the worker's source for the list that only the build knows. */
const PLACEHOLDER = /(["'`])__SHELL__\1/;

/**
 * Builds the service worker beside the page and tells it the files that the page consists of. Its
 * version is a hash of all of them, so any change of any file makes browsers install it anew.
 */
export function serviceWorker(root: string): Plugin {
  return {
    name: "moim-service-worker",
    apply: "build",
    buildStart() {
      this.emitFile({ type: "chunk", id: join(root, WORKER), fileName: NAME });
    },
    generateBundle(_options, bundle) {
      const worker = bundle[NAME];
      if (worker?.type !== "chunk" || worker.imports.length > 0) {
        throw new Error("the service worker must be one chunk that imports nothing");
      }
      // The names of built files change with their content.
      const built = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css)$/.test(name));
      const given = readdirSync(join(root, "public"), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);
      const version = createHash("sha256").update(built.join()).update(worker.code);
      for (const name of ["index.html", ...given.map((file) => join("public", file))]) {
        version.update(readFileSync(join(root, name)));
      }
      const files = [...built, ...given].map((name) => `/${name}`);
      const shell = JSON.stringify({ version: version.digest("hex").slice(0, 16), files });
      const code = worker.code.replace(PLACEHOLDER, () => JSON.stringify(shell));
      if (code === worker.code) throw new Error("the service worker has no place for its files");
      worker.code = code;
    },
  };
}
