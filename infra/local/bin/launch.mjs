// Plain JavaScript without dependencies, in old syntax: it must be able to say in one line that
// Node is too old or that the dependencies are missing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MIN = [20, 19];
const INSTALL = "npx -y pnpm@12.21.0 install";
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Runs src/commands/<name>.ts with the arguments of this process, if the machine can. */
export async function launch(name) {
  const problem = nodeProblem() || dependencyProblem();
  if (problem) {
    process.stderr.write(`moim: ${problem}\n`);
    // The last line of a test run is read by machines, whatever happened before.
    if (name === "test" || name === "test-faults") process.stdout.write("0 passed, 1 failed\n");
    process.exit(1);
  }
  const { register } = await import("tsx/esm/api");
  register();
  const { runCommand } = await import("../src/commands/run-command.ts");
  await runCommand(name, process.argv.slice(2));
}

function nodeProblem() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return undefined;
  return `Node ${NODE_MIN.join(".")} or newer is needed; this is ${process.versions.node}`;
}

/** pnpm runs a script even when the install before it failed, so every dependency is looked for. */
function dependencyProblem() {
  for (const folder of workspaceFolders()) {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!existsSync(join(folder, "node_modules", name, "package.json"))) {
        return `dependencies are not installed (${name} is missing): run ${INSTALL}`;
      }
    }
  }
  return undefined;
}

function workspaceFolders() {
  const below = (parent) => readdirSync(join(root, parent)).map((name) => join(parent, name));
  return [
    ".",
    "web",
    "infra/local",
    "loadtest",
    "tests",
    ...below("packages"),
    ...below("services"),
  ]
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(join(folder, "package.json")));
}
