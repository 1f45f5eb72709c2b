import { untrack } from "svelte";
import type { App } from "../app.svelte.ts";

/**
 * While something is open over a place (a menu, a search, a question), the back gesture closes it, and
 * nothing else. Call while a component is made.
 */
export function closeOnBack(
  { router }: Pick<App, "router">,
  isOpen: () => boolean,
  close: () => void,
): void {
  $effect(() => {
    if (!isOpen()) return;
    return untrack(() => router.openLayer(close));
  });
}
