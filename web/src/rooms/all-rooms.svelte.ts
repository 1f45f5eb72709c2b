import type { MoimClient } from "@moim/client";
import type { Messenger } from "../messenger.svelte.ts";

const AGAIN_MS = 1_000;

/**
 * Loads what the list of rooms has not loaded yet, for as long as a component needs all of it: rooms
 * are found by name among those that are loaded. Must be called where effects may be.
 */
export function needAllRooms(messenger: Messenger): void {
  const hasMore = $derived(messenger.rooms.hasMore);
  $effect(() => (hasMore ? loadUntilEnded(messenger.client) : undefined));
}

function loadUntilEnded(client: Pick<MoimClient, "loadMoreRooms">): () => void {
  let isWanted = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const load = async () => {
    try {
      await client.loadMoreRooms();
    } catch {
      // Without a connection each page is refused at once.
      if (isWanted) timer = setTimeout(load, AGAIN_MS);
      return;
    }
    if (isWanted) await load();
  };
  void load();
  return () => {
    isWanted = false;
    clearTimeout(timer);
  };
}
