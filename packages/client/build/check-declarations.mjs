import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDeclarations } from "./declarations.mjs";

// A type of the surface that the packed types would lack is found here, not by whoever installs it.
const folder = mkdtempSync(join(tmpdir(), "moim-declarations-"));
try {
  writeDeclarations(folder);
} finally {
  rmSync(folder, { recursive: true });
}
