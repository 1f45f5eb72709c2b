import { Agent, request } from "node:http";
import { request as requestSecurely, Agent as SecureAgent } from "node:https";
import type { Session } from "@moim/protocol";
import type { MintedUser } from "./load-client.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const secureAgent = new SecureAgent({ keepAlive: true, maxSockets: 16 });
const TIMEOUT_MS = 5_000;

/**
 * The user with a new access token, as any client gets one. `localAddress`: the auth service limits
 * refreshes by address, and thousands of users do not share one.
 */
export async function refresh(
  url: string,
  user: MintedUser,
  localAddress: string | undefined,
): Promise<MintedUser> {
  const body = JSON.stringify({ refreshToken: user.refreshToken, tokenTransport: "body" });
  const answer = await post(new URL("/api/auth/refresh", url), body, localAddress);
  if (answer.status !== 200) throw new Error(`refresh ${answer.status}`);
  const session = JSON.parse(answer.text) as Session;
  return {
    ...user,
    accessToken: session.accessToken,
    expiresAt: session.accessTokenExpiresAt,
    refreshToken: session.refreshToken ?? user.refreshToken,
  };
}

function post(
  url: URL,
  body: string,
  localAddress: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const host = url.hostname === "localhost" ? "127.0.0.1" : url.hostname;
    const isSecure = url.protocol === "https:";
    const options = {
      ...{ host, port: url.port || (isSecure ? 443 : 80), path: url.pathname, method: "POST" },
      ...{ headers, agent: isSecure ? secureAgent : agent, timeout: TIMEOUT_MS },
      ...(isSecure ? { servername: url.hostname } : {}),
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const asked = (isSecure ? requestSecurely : request)(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error("refresh without an answer")));
    asked.end(body);
  });
}
