import { open, writeFile } from "node:fs/promises";
import { UsageError } from "../arguments/usage-error.ts";
import { toJson } from "../report/to-json.ts";

type ReportFiles = { json: string | undefined; html: string | undefined };

/** Before a long run, rather than after it: throws `UsageError` where a report could not be written. */
export async function checkReports({ json, html }: ReportFiles): Promise<void> {
  for (const file of [json, html]) {
    if (file === undefined) continue;
    const handle = await open(file, "a").catch((error: Error) => {
      throw new UsageError(error.message);
    });
    await handle.close();
  }
}

export async function writeReports(
  { json, html }: ReportFiles,
  result: object,
  page: () => string,
): Promise<void> {
  if (json !== undefined) await writeFile(json, toJson(result));
  if (html !== undefined) await writeFile(html, page());
}
