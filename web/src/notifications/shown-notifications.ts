import { inTurn } from "./in-turn.ts";
import { isLater, type Place, UNSAID } from "./later.ts";

/** What a browser lets a page do with the notifications that its worker has shown. */
type Registration = Pick<ServiceWorkerRegistration, "showNotification" | "getNotifications">;

export type Told = { roomId: string; place: Place; title: string; body: string };

const ICON = "/icon-192.png";
/** Asked what is shown while it shows one more, Chromium loses that one: it can neither be clicked nor taken back. */
const TURN = "moim.notifications";

/**
 * The notifications of this site that stand on the screen, at most one for each room; by whichever
 * tab they were shown, also before this page was loaded.
 */
export class ShownNotifications {
  readonly #registration: () => Registration | null;
  readonly #openRoom: (roomId: string) => void;
  /** Shown by this page itself, where there is no worker. */
  readonly #own = new Map<string, Notification>();

  constructor(registration: () => Registration | null, openRoom: (roomId: string) => void) {
    this.#registration = registration;
    this.#openRoom = openRoom;
  }

  /** Takes the place of the room's last one. A click opens the room. */
  show(told: Told): Promise<void> {
    return inTurn(TURN, () => this.#show(told));
  }

  /** Takes back those of the rooms that fit. Never rejects: nobody could do anything about it. */
  close(fits: (roomId: string) => boolean): Promise<void> {
    return inTurn(TURN, () => this.#close(fits)).catch(reportError);
  }

  async #show({ roomId, place, title, body }: Told): Promise<void> {
    const data = { roomId, ...place };
    const options = { body, tag: roomId, renotify: true, icon: ICON, data };
    const registration = this.#registration();
    // On a phone only the worker may show them, and it hears the click.
    if (registration !== null) {
      const shown: { data?: Partial<Place> }[] = await registration.getNotifications({
        tag: roomId,
      });
      // By a tab whose word of it, in the storage that they share, came too late to be heeded.
      if (shown.some(({ data }) => !isLater(place, { ...UNSAID, ...data }))) return;
      await registration.showNotification(title, options);
      return;
    }
    const notification = new Notification(title, options);
    notification.addEventListener("click", () => {
      window.focus();
      this.#openRoom(roomId);
    });
    this.#own.set(roomId, notification);
  }

  async #close(fits: (roomId: string) => boolean): Promise<void> {
    for (const [roomId, notification] of this.#own) {
      if (!fits(roomId)) continue;
      notification.close();
      this.#own.delete(roomId);
    }
    const shown = (await this.#registration()?.getNotifications()) ?? [];
    for (const notification of shown) if (fits(notification.tag)) notification.close();
  }
}
