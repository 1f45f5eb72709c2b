import type { SessionDevice } from "@moim/protocol";
import bowser from "bowser";

const KINDS = ["desktop", "mobile", "tablet", "tv"] as const;

/** What a user agent says of itself, so that people recognise their devices. A hint: anybody can claim it. */
export function describeDevice(userAgent: string): SessionDevice {
  if (userAgent === "") return UNKNOWN;
  const { browser, os, platform } = bowser.parse(userAgent);
  return {
    browser: named(browser.name, browser.version?.split(".")[0]),
    system: named(os.name, os.versionName ?? os.version),
    kind: KINDS.find((kind) => kind === platform.type) ?? null,
  };
}

const UNKNOWN: SessionDevice = { browser: null, system: null, kind: null };

function named(name: string | undefined, version: string | undefined): string | null {
  if (!name) return null;
  return version ? `${name} ${version}` : name;
}
