import type { Goal } from "./table.ts";

const HISTORY = 100_000;
const ROOMS = 1_000;
/** What the room receives while somebody types. */
const MESSAGES_A_SECOND = 50;
const SLOW_CPU = 4;

/** What is measured, how much of it, and what is promised of it. */
export const AMOUNTS = { HISTORY, ROOMS, MESSAGES_A_SECOND, SLOW_CPU };
export const GOALS = {
  scripts: { what: "scripts of the messenger, gzip", unit: "kB", under: 150 },
  firstLoad: {
    what: `first load until rooms, ${SLOW_CPU}x slower CPU`,
    unit: "ms",
    under: 1_000,
  },
  switching: { what: "to a room that is cached", unit: "ms", under: 50 },
  typing: {
    what: `key until drawn, ${MESSAGES_A_SECOND} messages/s arriving`,
    unit: "ms",
    under: 50,
  },
  typingAtWorst: { what: "… its 95th percentile", unit: "ms", under: 100 },
  typingTasks: { what: "… tasks over 50 ms meanwhile", unit: "", under: 1 },
  longRoom: { what: `opening a room of ${HISTORY.toLocaleString("en")} messages`, unit: "ms" },
  scrolling: { what: "… between frames while scrolling", unit: "ms", under: 34 },
  scrollingAtWorst: { what: "… its 95th percentile", unit: "ms", under: 100 },
  rowsOnThePage: { what: "… rows in the page", unit: "" },
  manyRooms: { what: `opening the page with ${ROOMS} rooms`, unit: "ms" },
  roomsScrolling: { what: "… between frames while scrolling down", unit: "ms", under: 34 },
  roomsScrollingAtWorst: { what: "… its 95th percentile", unit: "ms", under: 100 },
  roomReached: { what: "… place of the room reached", unit: "" },
  roomRowsOnThePage: { what: "… rows in the page", unit: "" },
} satisfies Record<string, Goal>;
