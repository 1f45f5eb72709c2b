import { expect, it } from "vitest";
import { describeDevice } from "./describe-device.ts";

const MOZILLA = "Mozilla/5.0";
it.each([
  [
    `${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36`,
    { browser: "Chrome 131", system: "Windows 10", kind: "desktop" },
  ],
  [
    `${MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
    { browser: "Safari 18", system: "iOS 18.1", kind: "mobile" },
  ],
  [
    `${MOZILLA} (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`,
    { browser: "Samsung Internet for Android 26", system: "Android 14", kind: "mobile" },
  ],
  [
    `${MOZILLA} (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0`,
    { browser: "Firefox 133", system: "Linux", kind: "desktop" },
  ],
  ["", { browser: null, system: null, kind: null }],
  ["node", { browser: null, system: null, kind: null }],
])("tells people which device it is: %s", (userAgent, device) => {
  expect(describeDevice(userAgent)).toEqual(device);
});

it("stands whatever is claimed", () => {
  for (const odd of ["\u0000", "(".repeat(300), "a/".repeat(150), "Chrome/", "__proto__/1"]) {
    const { browser, system } = describeDevice(odd);
    expect([typeof browser, typeof system].every((type) => /string|object/.test(type))).toBe(true);
  }
});
