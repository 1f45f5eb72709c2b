import {
  me,
  member,
  message,
  roomSummary,
  session,
  sessionDevice,
  tokenTransport,
  user,
} from "@moim/protocol";

/*
 * The contract's types that this package's surface names, written out: whoever installs it needs neither
 * the protocol package nor its schema library. The compiler prints each constant's type;
 * `declarations.mjs` turns it into a type of that name.
 */

declare function outputOf<Schema extends { _zod: { output: unknown } }>(
  schema: Schema,
): Schema["_zod"]["output"];

export type { ErrorBody, ErrorCode, FieldError } from "@moim/protocol/errors";
export const Me = outputOf(me);
export const Member = outputOf(member);
export const Message = outputOf(message);
export const RoomSummary = outputOf(roomSummary);
export const Session = outputOf(session);
export const SessionDevice = outputOf(sessionDevice);
export const TokenTransport = outputOf(tokenTransport);
export const User = outputOf(user);
