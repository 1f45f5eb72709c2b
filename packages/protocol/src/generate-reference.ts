import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asyncApiDocument } from "./asyncapi.ts";

// Writes reference/asyncapi.json; a test compares what is committed with what this would write.
const folder = new URL("../reference/", import.meta.url);
const { version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };
mkdirSync(fileURLToPath(folder), { recursive: true });
writeFileSync(
  new URL("asyncapi.json", folder),
  `${JSON.stringify(asyncApiDocument(version), null, 2)}\n`,
);
