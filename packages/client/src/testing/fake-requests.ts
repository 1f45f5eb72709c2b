import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";

type Asked = {
  name: ClientEventName;
  request: unknown;
  resolve(data: unknown): void;
  reject(error: MoimError): void;
};

/** Requests that wait until the test answers them. */
export class FakeRequests implements Requests {
  ready = true;
  asked: Asked[] = [];

  isReady(): boolean {
    return this.ready;
  }

  request<Name extends ClientEventName>(name: Name, request: RequestOf<Name>) {
    return new Promise<DataOf<Name>>((resolve, reject) => {
      if (!this.ready) return reject(new MoimError("unavailable", "not connected"));
      const asked: Asked = { name, request, resolve: resolve as Asked["resolve"], reject };
      this.asked.push(asked);
    });
  }

  take<Name extends ClientEventName>(name: Name) {
    const index = this.asked.findIndex((asked) => asked.name === name);
    const [asked] = index < 0 ? [] : this.asked.splice(index, 1);
    if (!asked) throw new Error(`${name} was not asked for`);
    return { ...asked, request: asked.request as RequestOf<Name> };
  }

  /** The connection is lost: nothing that was asked is answered. */
  cut(): void {
    const unanswered = this.asked.splice(0);
    for (const { reject } of unanswered) reject(new MoimError("unavailable", "connection lost"));
  }
}
