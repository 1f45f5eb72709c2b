import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "./process-identity.ts";

const RETRY_MS = 100;

export interface LockHolder {
  readonly pid: number;
  readonly identity: string;
  /** What the holder wants to be known for, such as its address. */
  readonly note: string;
}

/**
 * Takes the lock that `file` stands for. Answers `undefined` when it is now ours, else who holds
 * it. The lock of a process that has died, however it died, counts for nothing.
 */
export function takeLock(file: string, note: string): LockHolder | undefined {
  const mine: LockHolder = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? "",
    note,
  };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (;;) {
      try {
        // A link appears at once and with its content, and only where nothing was.
        linkSync(draft, file);
        return undefined;
      } catch (error) {
        if (!isExisting(error)) throw error;
      }
      const holder = readHolder(file);
      if (isAlive(holder)) return holder;
      setAside(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who holds the lock that `file` stands for, without taking it where nobody does. */
export function lockHolder(file: string): LockHolder | undefined {
  const holder = readHolder(file);
  return isAlive(holder) ? holder : undefined;
}

/** Takes the lock, waiting for whoever holds it. */
export async function waitForLock(file: string, signal?: AbortSignal): Promise<void> {
  while (takeLock(file, "")) await delay(RETRY_MS, undefined, signal ? { signal } : {});
}

export function releaseLock(file: string): void {
  if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
}

function isAlive(holder: LockHolder | undefined): boolean {
  return holder !== undefined && processIdentity(holder.pid) === holder.identity;
}

/** Removes a dead holder's file; if somebody else did so first and took the lock, theirs is put back. */
function setAside(file: string, dead: LockHolder | undefined): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    if (readHolder(aside)?.identity !== dead?.identity) linkSync(aside, file);
  } catch {
    // Gone already, or taken anew: the next attempt sees which.
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
