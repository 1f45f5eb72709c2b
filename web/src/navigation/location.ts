/** Where in the page the user is. Unknown paths are the room list. */
export type Place =
  | { name: "rooms" }
  | { name: "room"; roomId: string; details: boolean }
  | { name: "sign-in" }
  | { name: "sign-up" };

export function placeOf(path: string): Place {
  const [first, second, third] = path.split("/").filter((part) => part !== "");
  if (first === "sign-in") return { name: "sign-in" };
  if (first === "sign-up") return { name: "sign-up" };
  if (first === "rooms" && second !== undefined) {
    return { name: "room", roomId: second, details: third === "details" };
  }
  return { name: "rooms" };
}

export function pathOf(place: Place): string {
  switch (place.name) {
    case "rooms":
      return "/";
    case "room":
      return `/rooms/${place.roomId}${place.details ? "/details" : ""}`;
    case "sign-in":
      return "/sign-in";
    case "sign-up":
      return "/sign-up";
  }
}
