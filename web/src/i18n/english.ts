const plurals = new Intl.PluralRules("en");
const count = (amount: number, one: string, other: string) =>
  `${amount.toLocaleString("en")} ${plurals.select(amount) === "one" ? one : other}`;
const listing = new Intl.ListFormat("en", { type: "conjunction" });

/** Every sentence of the page. `Words` is its shape; another language must have all of it. */
export const english = {
  appTagline: "Messages that arrive.",
  loading: "Loading…",
  close: "Close",
  cancel: "Cancel",
  retry: "Try again",
  back: "Back",
  unknownPerson: "Unknown",
  you: "You",

  // Signing in and up
  signIn: "Sign in",
  signInTitle: "Welcome back",
  signUp: "Sign up",
  signUpTitle: "Create your account",
  noAccountYet: "New to Moim?",
  haveAccount: "Already have an account?",
  email: "Email",
  emailPlaceholder: "you@example.com",
  password: "Password",
  name: "Name",
  nameHint: "What others see in conversations",
  nickname: "Nickname",
  nicknameHint: "Unique, so that others can find you",
  nicknameChecking: "Checking…",
  nicknameFree: "This nickname is free",
  showPassword: "Show password",
  hidePassword: "Hide password",
  wrongCredentials: "The email or password is wrong.",
  passwordRules: {
    length: "8 characters or more",
    letter: "A letter",
    digit: "A digit",
    symbol: "A symbol",
  },
  passwordRuleMet: "done",
  passwordRuleOpen: "missing",
  fieldProblems: {
    emailMissing: "Enter your email.",
    emailFormat: "This is not a complete email address.",
    emailTaken: "This email is in use already.",
    passwordWeak: "Please meet all four points below.",
    passwordLong: "At most 128 characters.",
    nameLength: "2 to 10 characters.",
    nameCharacters: "Only 가-힣 A-Z a-z 0-9 _ . and spaces.",
    nicknameLength: "3 to 12 characters.",
    nicknameCharacters: "Only 가-힣 A-Z a-z 0-9 _ and .",
    nicknameTaken: "Somebody has this nickname already.",
    refused: "This was not accepted.",
  },
  codeTitle: "Check your mail",
  codeSent: (email: string) => `We have sent a six-digit code to ${email}.`,
  codeLabel: "Six-digit code",
  codeWrong: "This code is wrong or too old.",
  codeResend: "Send a new code",
  codeResendIn: (seconds: number) =>
    `A new code can be sent in ${count(seconds, "second", "seconds")}`,
  codeResent: "A new code is on its way.",
  codeContinue: "Continue",
  signedOutRevoked:
    "You were signed out: the session was ended on another device, or the password was changed.",
  signedOutExpired: "You were away for a long time. Please sign in again.",

  // Room list
  chats: "Chats",
  newMessage: "New message",
  menu: "Menu",
  signOut: "Sign out",
  language: "Language",
  theme: "Appearance",
  themes: { system: "System", light: "Light", dark: "Dark" },
  noRooms: "No messages yet.",
  noRoomsHint: "Start the first conversation.",
  roomsFailed: "The list could not be loaded.",
  nobodyElse: "No one else here",
  andMore: (names: string, more: number) => `${names} and ${count(more, "other", "others")}`,
  memberCount: (members: number) => count(members, "member", "members"),
  unreadCount: (unread: number) =>
    unread >= 100 ? "More than 99 unread" : `${count(unread, "unread message", "unread messages")}`,
  deletedMessage: "Deleted message",
  noMessageYet: "Say hello",
  ownPrefix: (text: string) => `You: ${text}`,
  muted: "Muted",
  relative: {
    now: "now",
    minutes: (amount: number) => `${amount}m`,
    hours: (amount: number) => `${amount}h`,
    days: (amount: number) => `${amount}d`,
    weeks: (amount: number) => `${amount}w`,
  },
  emptyPaneTitle: "Your messages",
  emptyPaneText: "Send a message to the people you know",
  emptyPaneButton: "Send a message",

  // Room
  messagesOf: (title: string) => `Messages in ${title}`,
  details: "Details",
  beginningOfRoom: "This is where the conversation begins.",
  historyFailed: "The messages could not be loaded.",
  roomGone: "You are no longer in this chat.",
  backToChats: "Back to the chats",
  newMessages: (amount: number) => `${amount.toLocaleString("en")} new`,
  toNewest: "To the newest message",
  unreadDivider: "New messages",
  sending: "Sending",
  sent: "Sent",
  waitingToSend: "Will be sent once connected",
  notSent: "Not sent",
  deletePending: "Delete",
  writeMessage: "Message",
  send: "Send",
  charactersLeft: (amount: number) => `${count(amount, "character", "characters")} left`,
  charactersOver: (amount: number) => `${count(amount, "character", "characters")} too long`,
  draft: "Draft",
  outboxNotDurable:
    "This browser does not let Moim store messages. Keep the page open until they are sent.",

  // New room, invitations, details
  to: "To",
  chat: "Chat",
  searchPeople: "Search by nickname or name",
  searchPeopleHint: "Find people by their nickname or name.",
  nobodyFound: (query: string) => `Nobody found for “${query}”`,
  removePerson: (name: string) => `Remove ${name}`,
  groupTitle: "Group name (optional)",
  tooManyPeople: (most: number) => `At most ${most} people at a time.`,
  members: "Members",
  invite: "Invite",
  invitePeople: "Invite people",
  owner: "Owner",
  alreadyMember: "Already here",
  leaveRoom: "Leave chat",
  leaveQuestion: "Leave this chat?",
  leaveGroupText: "You will no longer receive its messages.",
  leaveDirectText: "The chat is hidden until the next message.",
  leave: "Leave",

  // Notices of a room
  notices: {
    created: (actor: string | null) =>
      actor === null ? "You created the chat" : `${actor} created the chat`,
    invited: (actor: string | null, people: readonly string[]) =>
      `${actor ?? "You"} invited ${listing.format(people)}`,
    left: (actor: string | null) => (actor === null ? "You left" : `${actor} left`),
    removed: (actor: string | null, people: readonly string[]) =>
      `${actor ?? "You"} removed ${listing.format(people)}`,
    renamed: (actor: string | null, title: string) =>
      title === ""
        ? `${actor ?? "You"} removed the chat’s name`
        : `${actor ?? "You"} named the chat “${title}”`,
    you: "you",
  },

  // Connection
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You are offline. Messages are sent once you are back.",
  backOnline: "Connected again",
  connectionRefused: "The server refuses the connection.",

  failures: {
    token_expired: "The session has to be renewed. Please try again.",
    token_invalid: "Please sign in again.",
    session_revoked: "You were signed out.",
    bad_request: "This was not accepted.",
    not_found: "This chat is not there any more.",
    forbidden: "You are not allowed to do this.",
    conflict: "This has been changed meanwhile.",
    too_large: "This is too long.",
    rate_limited: "That was too fast. Please wait a moment.",
    unavailable: "The server does not answer. Please try again.",
    internal: "Something went wrong. Please try again.",
  },

  // People and rooms by name
  deletedPerson: "Deleted user",
  profile: "Profile",
  editProfile: "Edit profile",
  messagePerson: "Send a message",
  goToRoom: "Go to a chat",
  noRoomFound: "No chat with this name.",

  // Notifications and updates
  notificationsOffer: "Would you like to be told of new messages while you look elsewhere?",
  turnOn: "Turn on",
  notNow: "Not now",
  updateReady: "A new version of Moim is ready.",
  updateNow: "Reload",
};

export type Words = typeof english;
