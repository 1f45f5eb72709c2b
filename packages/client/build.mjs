import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeDeclarations } from "./build/declarations.mjs";

const dist = fileURLToPath(new URL("dist", import.meta.url));
rmSync(dist, { recursive: true, force: true });

// The protocol goes into the bundle (its error codes and limits); packages from npm stay outside.
await build({
  entryPoints: [fileURLToPath(new URL("src/index.ts", import.meta.url))],
  outfile: `${dist}/index.js`,
  bundle: true,
  platform: "neutral",
  target: "es2022",
  format: "esm",
  external: ["idb", "socket.io-client"],
  sourcemap: true,
  logLevel: "warning",
});
writeDeclarations(dist);
