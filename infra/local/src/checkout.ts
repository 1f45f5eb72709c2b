import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder of this checkout. */
export const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

export const WEB_FOLDER = join(CHECKOUT, "web", "dist");
export const NGINX_FOLDER = join(CHECKOUT, "infra", "nginx");
export const SERVICES = ["auth", "chat"] as const;
export type ServiceName = (typeof SERVICES)[number];

export function serviceFolder(name: ServiceName): string {
  return join(CHECKOUT, "services", name);
}
