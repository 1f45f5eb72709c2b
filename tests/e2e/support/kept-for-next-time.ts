import type { Page } from "playwright-core";

/** What the page's client has kept of this kind, for a start before or without a network; as JSON. */
export function keptForNextTime(page: Page, kind: "rooms" | "timeline"): Promise<string> {
  return page.evaluate(
    (wanted) =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open("moim-cache");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const all = opening.result.transaction("records").objectStore("records").getAll();
          all.onsuccess = () => {
            opening.result.close();
            const records = all.result as { name: string }[];
            resolve(JSON.stringify(records.filter(({ name }) => name === wanted)));
          };
        };
      }),
    kind,
  );
}
