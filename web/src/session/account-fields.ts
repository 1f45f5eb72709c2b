import { ACCOUNT_LIMITS } from "@moim/protocol/limits";

/** What is wrong with a field; the words for each are in `fieldProblems`. */
export type FieldProblem =
  | "emailMissing"
  | "emailFormat"
  | "emailTaken"
  | "passwordWeak"
  | "passwordLong"
  | "passwordCommon"
  | "nameLength"
  | "nameCharacters"
  | "nicknameLength"
  | "nicknameCharacters"
  | "nicknameTaken"
  | "refused";

export type AccountField = "email" | "password" | "nickname" | "name";

export type PasswordRules = { length: boolean; letter: boolean; digit: boolean; symbol: boolean };

/** Which of the rules a password meets, shown as one types. The server decides in the end. */
export function passwordRules(password: string): PasswordRules {
  return {
    length: [...password].length >= ACCOUNT_LIMITS.passwordCharactersMin,
    letter: /\p{L}/u.test(password),
    digit: /\p{Nd}/u.test(password),
    symbol: /[^\p{L}\p{Nd}\s]/u.test(password),
  };
}

/** Null where the value can be sent. The rules are those of the sign-up route. */
export function problemIn(field: AccountField, value: string): FieldProblem | null {
  switch (field) {
    case "email":
      return emailProblem(value.trim());
    case "password":
      return passwordProblem(value);
    case "nickname":
      return nicknameProblem(value.normalize("NFC"));
    case "name":
      return nameProblem(value.normalize("NFC"));
  }
}

function emailProblem(email: string): FieldProblem | null {
  if (email === "") return "emailMissing";
  const isAddress = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/u.test(email);
  return isAddress && email.length <= ACCOUNT_LIMITS.emailCharactersMax ? null : "emailFormat";
}

function passwordProblem(password: string): FieldProblem | null {
  if ([...password].length > ACCOUNT_LIMITS.passwordCharactersMax) return "passwordLong";
  return Object.values(passwordRules(password)).every(Boolean) ? null : "passwordWeak";
}

function nicknameProblem(nickname: string): FieldProblem | null {
  // A syllable still being composed ("ㅎ") is named first: it is what one sees while typing.
  if (!/^[가-힣A-Za-z0-9_.]*$/.test(nickname)) return "nicknameCharacters";
  const { nicknameCharactersMin: least, nicknameCharactersMax: most } = ACCOUNT_LIMITS;
  return nickname.length < least || nickname.length > most ? "nicknameLength" : null;
}

function nameProblem(name: string): FieldProblem | null {
  if (!/^[가-힣A-Za-z0-9_. ]*$/.test(name)) return "nameCharacters";
  const { nameCharactersMin: least, nameCharactersMax: most } = ACCOUNT_LIMITS;
  const isTooShort = name.length < least || name.trim() === "";
  return isTooShort || name.length > most ? "nameLength" : null;
}
