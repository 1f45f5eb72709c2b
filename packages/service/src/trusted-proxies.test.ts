import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { addressTeller } from "./trusted-proxies.ts";

const OUR_PROXIES = ["loopback", "10.0.0.0/8"];

/** A request that somebody there has sent us, with this header. */
function from(remoteAddress: string | undefined, forwardedFor?: string): IncomingMessage {
  const request = new IncomingMessage(
    Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress }),
  );
  if (forwardedFor !== undefined) request.headers["x-forwarded-for"] = forwardedFor;
  return request;
}

describe("the address of a request", () => {
  it.each([
    [
      "of a stranger who claims another is the stranger's",
      "203.0.113.7",
      "198.51.100.9",
      "203.0.113.7",
    ],
    ["through a proxy of ours is what it has seen", "10.1.2.3", "198.51.100.9", "198.51.100.9"],
    [
      "is not what the client itself has claimed",
      "10.1.2.3",
      "192.0.2.1, 198.51.100.9",
      "198.51.100.9",
    ],
    ["goes through all of our proxies", "127.0.0.1", "198.51.100.9, 10.9.9.9", "198.51.100.9"],
    ["of IPv6 is told as it is", "::1", "2001:db8::7", "2001:db8::7"],
    ["that a proxy does not tell is the proxy's", "10.1.2.3", undefined, "10.1.2.3"],
    ["that is none is the proxy's", "10.1.2.3", "unknown", "10.1.2.3"],
    [
      "of a proxy on a mapped address is seen through",
      "::ffff:10.1.2.3",
      "198.51.100.9",
      "198.51.100.9",
    ],
    ["of whoever has gone already is empty", undefined, "198.51.100.9", ""],
  ])("%s", (_, remote, forwardedFor, told) => {
    expect(addressTeller(OUR_PROXIES)(from(remote, forwardedFor))).toBe(told);
  });

  it("is the neighbour's where no proxy is trusted", () => {
    expect(addressTeller([])(from("127.0.0.1", "198.51.100.9"))).toBe("127.0.0.1");
  });
});
