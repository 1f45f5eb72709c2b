import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

/**
 * Whether it is this process that listens on the port, by IPv4, and not another one that answers alike.
 * Where the system does not tell (no /proc), it is believed.
 */
export function isListener(pid: number, port: number): boolean {
  const inodes = listeningInodes(port);
  if (inodes === undefined) return true;
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => inodes.has(targetOf(`${folder}/${fd}`)));
  } catch {
    return false; // It has ended.
  }
}

function listeningInodes(port: number): Set<string> | undefined {
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return undefined; // Not Linux.
  }
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const listening = rows.filter(
    ([, local, , state]) => local?.endsWith(suffix) && state === LISTENING,
  );
  return new Set(listening.map((columns) => `socket:[${columns[9]}]`));
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ""; // Closed meanwhile.
  }
}
