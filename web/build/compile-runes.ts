import { svelte } from "@sveltejs/vite-plugin-svelte";

/** For unit tests of `.svelte.ts` modules: state is then plain values, and no browser is needed. */
export const compileRunes = () => svelte({ configFile: false });
