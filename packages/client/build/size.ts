import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a page loads of this package: minified, with IndexedDB's wrapper, without socket.io-client. */
export async function gzipBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    target: "es2022",
    format: "esm",
    external: ["socket.io-client"],
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

const isProgram = process.argv[1] === fileURLToPath(import.meta.url);
if (isProgram) process.stdout.write(`${((await gzipBytes()) / 1024).toFixed(1)} kB gzip\n`);
