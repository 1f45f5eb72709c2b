import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runPackageScript } from "../build/package-script.ts";
import { CHECKOUT } from "../checkout.ts";
import { StartFailure } from "../process/start-failure.ts";

const AT_ONCE = 2;

/** Type-checks every package; rejects with all that the failing ones said. */
export async function checkPackages(): Promise<void> {
  const waiting = packageFolders();
  const complaints: string[] = [];
  const failed: string[] = [];
  const checkWaiting = async (): Promise<void> => {
    for (let folder = waiting.shift(); folder; folder = waiting.shift()) {
      const ended = await runPackageScript(join(CHECKOUT, folder), "check");
      if (ended && !ended.succeeded) {
        failed.push(folder);
        complaints.push(`${folder}:`, ...ended.output.split("\n").filter(Boolean));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, checkWaiting));
  if (failed.length > 0)
    throw new StartFailure(`types do not fit in ${failed.join(", ")}`, complaints);
}

function packageFolders(): string[] {
  const below = ["packages", "services"].flatMap((parent) =>
    readdirSync(join(CHECKOUT, parent)).map((name) => join(parent, name)),
  );
  return ["web", "infra/local", "tests", "loadtest", ...below].filter((folder) =>
    existsSync(join(CHECKOUT, folder, "package.json")),
  );
}
