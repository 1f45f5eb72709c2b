import { expect, it } from "vitest";
import { parseMailUrl } from "./mail-url.ts";

it.each([
  ["smtp://mail:1025", "mail", 1025, "opportunistic", undefined],
  ["smtp://mail.example.org", "mail.example.org", 25, "opportunistic", undefined],
  ["smtp://[::1]:2525/", "::1", 2525, "opportunistic", undefined],
  ["smtp://u:p@mail.example.org", "mail.example.org", 587, "required", { user: "u", pass: "p" }],
  ["smtp://u:p@127.0.0.1:25", "127.0.0.1", 25, "opportunistic", { user: "u", pass: "p" }],
  ["smtps://u%40x:p%2F@mail", "mail", 465, "implicit", { user: "u@x", pass: "p/" }],
])("%s names a server", (url, host, port, tls, credentials) => {
  expect(parseMailUrl(url)).toEqual({ kind: "smtp", host, port, tls, credentials });
});

it("log: is for local use", () => {
  expect(parseMailUrl("log:")).toEqual({ kind: "log" });
});

it.each(["", "smtp://", "smtp:host", "http://mail", "smtp://mail/path", "smtp://mail?tls=off"])(
  "%j names none",
  (url) => {
    expect(parseMailUrl(url)).toBeUndefined();
  },
);
