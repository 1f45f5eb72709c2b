import { beforeEach, expect, it, vi } from "vitest";
import { ShownNotifications } from "./shown-notifications.ts";

beforeEach(() => {
  vi.stubGlobal("navigator", {});
  return () => vi.unstubAllGlobals();
});

it("what the browser refuses to take back is reported, and no unhandled rejection", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const refused = new Error("not now");
  const registration = {
    showNotification: async () => {},
    getNotifications: () => Promise.reject(refused),
  };
  const shown = new ShownNotifications(
    () => registration,
    () => {},
  );
  await shown.close(() => true);
  expect(reported).toHaveBeenCalledExactlyOnceWith(refused);
});
