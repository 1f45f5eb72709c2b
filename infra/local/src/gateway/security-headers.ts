import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NGINX_FOLDER } from "../checkout.ts";

/** The headers Nginx adds to every answer, so that a page that works here works behind it too. */
export function securityHeaders(): Record<string, string> {
  const file = readFileSync(join(NGINX_FOLDER, "security-headers.conf"), "utf8");
  const lines = file.matchAll(/^add_header\s+(\S+)\s+"([^"]*)"\s+always;$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}
