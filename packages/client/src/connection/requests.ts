import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";

/** How everything above the connection speaks to the server. */
export interface Requests {
  /** False: a request would be rejected as `unavailable` at once. */
  isReady(): boolean;
  /** Rejects with `MoimError` only. */
  request<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>>;
}
