import { createMoimClient } from "@moim/client";
import { mount } from "svelte";
import "./app.css";
import { App } from "./app.svelte.ts";
import { openStorage } from "./appearance/storage.ts";
import { followVisibleHeight } from "./appearance/visible-height.ts";
import Page from "./page.svelte";

const client = createMoimClient({});
const app = new App(
  client,
  openStorage(() => localStorage),
  openStorage(() => sessionStorage),
);
const target = document.querySelector("#app");
if (target === null) throw new Error("index.html has no #app");
target.replaceChildren();
if (window.visualViewport) followVisibleHeight(window.visualViewport, document.documentElement);
mount(Page, { target, props: { app } });
void app.shell.install(new URL(import.meta.url).pathname, (roomId) =>
  app.router.go({ name: "room", roomId, details: false }),
);
await client.start();
