import { get } from "node:http";

const PASSWORD = "correct-horse-1";

/** The status of a page; `undefined` when nobody answers. */
export async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url).then(
    (response) => response.status,
    () => undefined,
  );
}

export async function signUp(url: string, nickname: string): Promise<number> {
  const email = `${nickname}@example.org`;
  const body = { email, password: PASSWORD, nickname, name: nickname, tokenTransport: "body" };
  return post(`${url}/api/auth/sign-up`, body);
}

export async function signIn(url: string, nickname: string): Promise<number> {
  const email = `${nickname}@example.org`;
  return post(`${url}/api/auth/sign-in`, { email, password: PASSWORD, tokenTransport: "body" });
}

async function post(url: string, body: unknown): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.status;
}

/** Opens a chat connection and answers the first packet's text, or the status when it is refused. */
export async function openChat(url: string, query = ""): Promise<string | number> {
  const entered = await enterChat(url, query);
  if (typeof entered === "number") return entered;
  entered.leave();
  return entered.said;
}

/** The same, and stays until it leaves. */
export function enterChat(
  url: string,
  query = "",
): Promise<{ said: string; leave(): void } | number> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/socket.io/?EIO=4&transport=websocket${query}`, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": Buffer.from("sixteen bytes ok").toString("base64"),
      },
      timeout: 30_000,
    });
    request.on("upgrade", (_, socket, head) => {
      const answer = (frame: Buffer): void => {
        resolve({ said: frame.toString("utf8"), leave: () => socket.destroy() });
      };
      if (head.length > 0) answer(head);
      else socket.once("data", answer);
    });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}
