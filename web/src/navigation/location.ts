export const SETTINGS_SECTIONS = [
  "profile",
  "password",
  "sessions",
  "preferences",
  "notifications",
  "delete-account",
] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** Where in the page the user is. Unknown paths are the room list. */
export type Place =
  | { name: "rooms" }
  /** `seq`: the message to jump to. */
  | { name: "room"; roomId: string; details: boolean; seq?: number }
  /** Without a section: the menu alone on a phone, the first section beside it elsewhere. */
  | { name: "settings"; section: SettingsSection | null }
  | { name: "sign-in" }
  | { name: "sign-up" }
  | { name: "forgot-password" }
  /** The link of a mail leads here. */
  | { name: "reset-password"; token: string };

export function placeOf(path: string): Place {
  const [first, second, third, fourth] = path.split("/").filter((part) => part !== "");
  switch (first) {
    case "sign-in":
    case "sign-up":
    case "forgot-password":
      return { name: first };
    case "reset-password":
      return { name: "reset-password", token: second ?? "" };
    case "settings":
      return { name: "settings", section: sectionOf(second) };
    case "rooms":
      if (second !== undefined) return roomPlaceOf(second, third, fourth);
  }
  return { name: "rooms" };
}

function sectionOf(part: string | undefined): SettingsSection | null {
  return SETTINGS_SECTIONS.find((section) => section === part) ?? null;
}

function roomPlaceOf(roomId: string, what?: string, number?: string): Place {
  if (what === "messages" && number !== undefined && /^[1-9]\d*$/.test(number)) {
    return { name: "room", roomId, details: false, seq: Number(number) };
  }
  return { name: "room", roomId, details: what === "details" };
}

export function pathOf(place: Place): string {
  switch (place.name) {
    case "rooms":
      return "/";
    case "room":
      if (place.seq !== undefined) return `/rooms/${place.roomId}/messages/${place.seq}`;
      return `/rooms/${place.roomId}${place.details ? "/details" : ""}`;
    case "settings":
      return place.section === null ? "/settings" : `/settings/${place.section}`;
    case "sign-in":
    case "sign-up":
    case "forgot-password":
      return `/${place.name}`;
    case "reset-password":
      return `/reset-password/${place.token}`;
  }
}
