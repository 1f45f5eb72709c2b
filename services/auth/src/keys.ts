import { runMain } from "@moim/service";
import { runKeysCommand } from "./keys/keys-command.ts";

runMain(async () => {
  const lines = await runKeysCommand(process.argv.slice(2), process.env);
  process.stdout.write(`${lines.join("\n")}\n`);
});
