import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const WIRE_TYPES = "wire-types.d.ts";
const ERRORS = "wire-errors.d.ts";

/** Writes the types of `src/index.ts`, and of what it mentions, into `outputFolder`. */
export function writeDeclarations(outputFolder) {
  const emitted = mkdtempSync(join(tmpdir(), "moim-types-"));
  try {
    compile(emitted);
    const read = (path) => readFileSync(join(emitted, path), "utf8");
    const write = (path, text) => {
      mkdirSync(dirname(join(outputFolder, path)), { recursive: true });
      writeFileSync(join(outputFolder, path), text);
    };
    const wireTypes = typesNotConstants(read(`client/build/${WIRE_TYPES}`));
    for (const path of reachableFrom("index.d.ts", (each) => read(`client/src/${each}`))) {
      const text = read(`client/src/${path}`);
      refuseUnknown(path, text, wireTypes);
      write(path, ownImports(path, text));
    }
    write(WIRE_TYPES, wireTypes);
    write(ERRORS, read("protocol/src/errors.d.ts"));
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

function compile(outputFolder) {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(typescript, "utf8"));
  const tsc = join(dirname(typescript), bin.tsc);
  const options = ["-p", join(PACKAGE, "tsconfig.build.json"), "--outDir", outputFolder];
  execFileSync(process.execPath, [tsc, ...options], { stdio: "inherit" });
}

function reachableFrom(entry, read) {
  const reached = new Set([entry]);
  for (const path of reached) {
    for (const [, imported] of read(path).matchAll(/from "(\.[^"]+)\.ts"/g)) {
      reached.add(posix.join(posix.dirname(path), `${imported}.d.ts`));
    }
  }
  return reached;
}

/** Whoever installs the package would find a type of the surface missing. */
function refuseUnknown(path, text, wireTypes) {
  for (const [, names] of text.matchAll(/\{([^{}]*)\} from "@moim\/protocol"/g)) {
    for (const name of names.split(",").map((each) => each.trim().split(" as ")[0])) {
      if (name === "" || exportOf(name).test(wireTypes)) continue;
      throw new Error(`${path} names the protocol's ${name}: add it to build/wire-types.ts`);
    }
  }
}

function exportOf(name) {
  return new RegExp(`^export type (${name} =|\\{[^}]*\\b${name}\\b)`, "m");
}

/** Nothing of this repository is left to resolve: every import is a file beside it, or an npm package. */
function ownImports(path, text) {
  const upwards = posix.relative(posix.dirname(path), ".") || ".";
  return text
    .replaceAll(/from "(\.[^"]+)\.ts"/g, 'from "$1.js"')
    .replaceAll(/from "@moim\/protocol(\/errors)?"/g, `from "${upwards}/wire-types.js"`);
}

function typesNotConstants(text) {
  return text
    .replaceAll(/^export declare const (\w+): /gm, "export type $1 = ")
    .replace('"@moim/protocol/errors"', '"./wire-errors.js"');
}
