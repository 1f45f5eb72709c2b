/**
 * What is listened through: a connection to one Redis, or those to the nodes of a cluster. `ready` means
 * that subscriptions can be made and none stands yet, or that some were lost and what was published
 * meanwhile was missed. Subscribing rejects while Redis is away.
 */
export interface RedisSubscriber {
  readonly status: string;
  on(event: "ready", listener: () => void): unknown;
  on(event: "message", listener: (channel: string, text: string) => void): unknown;
  on(event: "smessageBuffer", listener: (channel: Buffer, message: Buffer) => void): unknown;
  once(event: "ready", listener: () => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  ssubscribe(...channels: string[]): Promise<unknown>;
  sunsubscribe(...channels: string[]): Promise<unknown>;
  /** For good, or to connect anew. */
  disconnect(reconnect?: boolean): void;
}
