import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gzipBytes } from "../build/size.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const GZIP_BYTES_MAX = 25 * 1024;

/** Somebody's own project, far from this repository, with the package as it would be installed. */
let project: string;
let tarball: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "moim-consumer-"));
  execFileSync(process.execPath, ["build.mjs"], { cwd: PACKAGE, stdio: "inherit" });
  tarball = pack();
  const installed = join(project, "node_modules", "@moim", "client");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  for (const name of Object.keys(manifest().dependencies)) {
    symlinkSync(join(PACKAGE, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** pnpm, for npm would leave in the manifest what only this repository understands. */
function pack(): string {
  execFileSync("npx", ["-y", "pnpm@12.21.0", "pack", "--pack-destination", project], {
    cwd: PACKAGE,
  });
  return join(project, `moim-client-${version()}.tgz`);
}

function version(): string {
  return JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")).version;
}

function manifest(): { dependencies: Record<string, string> } {
  const path = join(project, "node_modules", "@moim", "client", "package.json");
  return JSON.parse(readFileSync(path, "utf8"));
}

test("the packed package has nothing that publint would object to", async () => {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    strict: true,
  });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
});

test("it depends on nothing of this repository", () => {
  expect(Object.keys(manifest().dependencies)).toEqual(["idb", "socket.io-client"]);
  expect(JSON.stringify(manifest().dependencies)).not.toMatch(/workspace|catalog/);
});

test("plain Node imports it, and a client can be made", () => {
  const program = `
    import { createMoimClient, MoimError } from "@moim/client";
    const client = createMoimClient({ baseUrl: "http://127.0.0.1:9", tokenTransport: "body" });
    await client.signIn({ email: "a@example.org", password: "secret 1!" }).catch((error) => {
      if (!(error instanceof MoimError)) throw error;
      process.stdout.write(error.code + " " + client.session.current.state);
    });
    await client.stop();`;
  writeFileSync(join(project, "bot.mjs"), program);
  const output = execFileSync(process.execPath, ["bot.mjs"], { cwd: project, encoding: "utf8" });
  expect(output).toBe("unavailable restoring");
});

test("the README's example compiles against its types, strictly and without this repository's", () => {
  const example = readFileSync(join(PACKAGE, "examples", "echo-bot.ts"), "utf8");
  const uses = `
    import { createMoimClient, type Message, type TimelineView } from "@moim/client";
    const client = createMoimClient();
    const view: TimelineView = client.openRoom("room").timeline.current;
    export const texts: (string | null)[] = view.items.map((item) =>
      item.kind === "message" ? item.message.text : item.pending.text,
    );
    export const edited: Promise<Message> = client.openRoom("room").edit(1, "text");
    // @ts-expect-error: types that say nothing would let this pass
    client.openRoom(1);`;
  writeFileSync(join(project, "echo-bot.ts"), example);
  writeFileSync(join(project, "uses.ts"), uses);
  const types = join(project, "node_modules", "@types");
  mkdirSync(types, { recursive: true });
  symlinkSync(join(PACKAGE, "node_modules", "@types", "node"), join(types, "node"));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: "ES2023",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    module: "NodeNext",
    types: ["node"],
  };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["echo-bot.ts", "uses.ts"] }),
  );
  expect(compile()).toBe("");
});

function compile(): string {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(typescript, "utf8"));
  try {
    const tsc = join(dirname(typescript), bin.tsc);
    return execFileSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

test("it is small: less than 25 kB for a page, without socket.io-client", async () => {
  expect(await gzipBytes()).toBeLessThan(GZIP_BYTES_MAX);
});
