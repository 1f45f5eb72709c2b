import { parseArgs } from "node:util";
import { ConfigurationError } from "@moim/service";

export type KeysRequest =
  | { command: "list" }
  | { command: "rotate"; out: string | undefined }
  | { command: "make"; out: string };

const USAGE = "usage: keys list | keys rotate [--out FILE] | keys make --out FILE";

/** Throws `ConfigurationError` with one line that says how to use it. */
export function parseKeysRequest(commandLine: readonly string[]): KeysRequest {
  const { positionals, out } = argumentsOf(commandLine);
  const [command, ...rest] = positionals;
  if (rest.length === 0) {
    if (command === "list" && out === undefined) return { command };
    if (command === "rotate") return { command, out };
    if (command === "make" && out !== undefined) return { command, out };
  }
  throw new ConfigurationError(USAGE);
}

function argumentsOf(commandLine: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      // `pnpm keys -- list` hands the two dashes on.
      args: commandLine.filter((argument) => argument !== "--"),
      allowPositionals: true,
      options: { out: { type: "string" } },
    });
    return { positionals, out: values.out };
  } catch {
    throw new ConfigurationError(USAGE);
  }
}
