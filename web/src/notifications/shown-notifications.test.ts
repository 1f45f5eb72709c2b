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

it.each([
  ["a later message", { seq: 51, createdAt: 51_000 }, true],
  ["one that a restored database gave an earlier place", { seq: 31, createdAt: 90_000 }, true],
  ["the same message", { seq: 50, createdAt: 50_000 }, false],
  ["an earlier one", { seq: 49, createdAt: 50_000 }, false],
])("what stands there gives way to %s, or not", async (_, place, isShown) => {
  const showNotification = vi.fn(async () => {});
  const standing = { data: { roomId: "a", seq: 50, createdAt: 50_000 } } as Notification;
  const registration = { showNotification, getNotifications: async () => [standing] };
  const shown = new ShownNotifications(
    () => registration,
    () => {},
  );
  await shown.show({ roomId: "a", place, title: "Mina", body: "hello" });
  expect(showNotification).toHaveBeenCalledTimes(isShown ? 1 : 0);
});
