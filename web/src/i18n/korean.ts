import type { Words } from "./english.ts";
import { withParticle } from "./particles.ts";

const YOU = "회원님";

/** "회원님", "민준, 지수 님", "회원님과 지수 님": the reader comes first and carries its own 님. */
function honoured(people: readonly string[]): string {
  const others = people.filter((person) => person !== YOU);
  const named = `${others.join(", ")} 님`;
  if (others.length === people.length) return named;
  return others.length === 0 ? YOU : `${YOU}과 ${named}`;
}

const subject = (actor: string | null) => (actor === null ? "" : `${actor} 님이 `);
const number = (amount: number) => amount.toLocaleString("ko");

export const korean: Words = {
  appTagline: "반드시 닿는 메시지",
  loading: "불러오는 중…",
  close: "닫기",
  cancel: "취소",
  retry: "다시 시도",
  back: "뒤로",
  unknownPerson: "알 수 없음",
  you: "나",

  signIn: "로그인",
  signInTitle: "다시 만나서 반가워요",
  signUp: "회원가입",
  signUpTitle: "계정 만들기",
  noAccountYet: "아직 계정이 없으신가요?",
  haveAccount: "이미 계정이 있으신가요?",
  email: "이메일",
  emailPlaceholder: "you@example.com",
  password: "비밀번호",
  name: "이름",
  nameHint: "대화 상대에게 보이는 이름입니다",
  nickname: "닉네임",
  nicknameHint: "다른 사람이 나를 찾을 때 쓰는 고유한 이름입니다",
  nicknameChecking: "확인하는 중…",
  nicknameFree: "사용할 수 있는 닉네임입니다",
  showPassword: "비밀번호 표시",
  hidePassword: "비밀번호 숨기기",
  wrongCredentials: "이메일 또는 비밀번호가 잘못되었습니다.",
  passwordRules: {
    length: "8자 이상",
    letter: "문자",
    digit: "숫자",
    symbol: "특수문자",
  },
  passwordRuleMet: "충족",
  passwordRuleOpen: "미충족",
  fieldProblems: {
    emailMissing: "이메일을 입력해 주세요.",
    emailFormat: "이메일 주소를 올바르게 입력해 주세요.",
    emailTaken: "이미 사용 중인 이메일입니다.",
    passwordWeak: "아래 네 가지 조건을 모두 채워 주세요.",
    passwordLong: "128자까지 쓸 수 있습니다.",
    nameLength: "2자 이상 10자 이하로 입력해 주세요.",
    nameCharacters: "한글, 영문, 숫자, _ . 공백만 쓸 수 있습니다.",
    nicknameLength: "3자 이상 12자 이하로 입력해 주세요.",
    nicknameCharacters: "한글, 영문, 숫자, _ . 만 쓸 수 있습니다.",
    nicknameTaken: "이미 사용 중인 닉네임입니다.",
    refused: "사용할 수 없는 값입니다.",
  },
  codeTitle: "메일을 확인해 주세요",
  codeSent: (email) => `${email} 주소로 여섯 자리 인증번호를 보냈습니다.`,
  codeLabel: "인증번호 여섯 자리",
  codeWrong: "인증번호가 올바르지 않거나 만료되었습니다.",
  codeResend: "인증번호 다시 받기",
  codeResendIn: (seconds) => `${seconds}초 뒤에 다시 받을 수 있습니다`,
  codeResent: "인증번호를 다시 보냈습니다.",
  codeContinue: "계속",
  signedOutRevoked: "다른 기기에서 로그아웃했거나 비밀번호가 바뀌어 로그아웃되었습니다.",
  signedOutExpired: "오랫동안 사용하지 않아 로그아웃되었습니다. 다시 로그인해 주세요.",

  chats: "채팅",
  newMessage: "새로운 메시지",
  menu: "메뉴",
  signOut: "로그아웃",
  language: "언어",
  theme: "화면 모드",
  themes: { system: "시스템", light: "라이트", dark: "다크" },
  noRooms: "메시지가 없습니다.",
  noRoomsHint: "첫 대화를 시작해 보세요.",
  roomsFailed: "목록을 불러오지 못했습니다.",
  nobodyElse: "대화상대 없음",
  andMore: (names, more) => `${names} 외 ${number(more)}명`,
  memberCount: (members) => `${number(members)}명`,
  unreadCount: (unread) =>
    unread >= 100 ? "안 읽은 메시지 99개 이상" : `안 읽은 메시지 ${number(unread)}개`,
  deletedMessage: "삭제된 메시지입니다.",
  noMessageYet: "인사를 건네 보세요",
  ownPrefix: (text) => `나: ${text}`,
  muted: "알림 꺼짐",
  relative: {
    now: "지금",
    minutes: (amount) => `${amount}분`,
    hours: (amount) => `${amount}시간`,
    days: (amount) => `${amount}일`,
    weeks: (amount) => `${amount}주`,
  },
  emptyPaneTitle: "내 메시지",
  emptyPaneText: "사람들에게 메시지를 보내보세요",
  emptyPaneButton: "메시지 보내기",

  messagesOf: (title) => `${title} 대화`,
  details: "상세 정보",
  beginningOfRoom: "대화가 시작되는 곳입니다.",
  historyFailed: "메시지를 불러오지 못했습니다.",
  roomGone: "더 이상 참여하고 있지 않은 채팅입니다.",
  backToChats: "채팅 목록으로",
  newMessages: (amount) => `새 메시지 ${number(amount)}개`,
  toNewest: "가장 최근 메시지로",
  unreadDivider: "여기부터 새 메시지",
  sending: "보내는 중",
  sent: "보냄",
  waitingToSend: "연결되면 보냅니다",
  notSent: "보내지 못함",
  deletePending: "삭제",
  writeMessage: "메시지 입력",
  send: "보내기",
  charactersLeft: (amount) => `${number(amount)}자 남음`,
  charactersOver: (amount) => `${number(amount)}자 초과`,
  draft: "작성 중",
  outboxNotDurable:
    "이 브라우저에 메시지를 저장할 수 없습니다. 전송될 때까지 페이지를 닫지 마세요.",

  to: "받는 사람",
  chat: "채팅",
  searchPeople: "닉네임 또는 이름 검색",
  searchPeopleHint: "닉네임이나 이름으로 사람을 찾아보세요.",
  nobodyFound: (query) => `‘${query}’ 검색 결과가 없습니다`,
  removePerson: (name) => `${name} 님 빼기`,
  groupTitle: "그룹 이름 (선택)",
  tooManyPeople: (most) => `한 번에 ${number(most)}명까지 초대할 수 있습니다.`,
  members: "대화상대",
  invite: "초대",
  invitePeople: "대화상대 초대",
  owner: "방장",
  alreadyMember: "참여 중",
  leaveRoom: "채팅방 나가기",
  leaveQuestion: "채팅을 나가시겠습니까?",
  leaveGroupText: "나가면 이 채팅방의 메시지를 더 이상 받지 않습니다.",
  leaveDirectText: "다음 메시지가 올 때까지 목록에서 사라집니다.",
  leave: "나가기",

  notices: {
    created: (actor) => `${subject(actor)}채팅방을 만들었습니다.`,
    invited: (actor, people) => `${subject(actor)}${honoured(people)}을 초대했습니다.`,
    left: (actor) => `${subject(actor)}채팅방을 나갔습니다.`,
    removed: (actor, people) => `${subject(actor)}${honoured(people)}을 내보냈습니다.`,
    renamed: (actor, title) =>
      title === ""
        ? `${subject(actor)}채팅방 이름을 없앴습니다.`
        : `${subject(actor)}채팅방 이름을 ${withParticle(`‘${title}’`, "으로/로")} 바꿨습니다.`,
    you: YOU,
  },

  connecting: "연결하는 중…",
  reconnecting: "다시 연결하는 중…",
  offline: "오프라인입니다. 메시지는 다시 연결되면 보냅니다.",
  backOnline: "다시 연결되었습니다",
  connectionRefused: "서버가 연결을 거절했습니다.",

  failures: {
    token_expired: "인증을 갱신해야 합니다. 다시 시도해 주세요.",
    token_invalid: "다시 로그인해 주세요.",
    session_revoked: "로그아웃되었습니다.",
    bad_request: "처리할 수 없는 요청입니다.",
    not_found: "더 이상 없는 채팅입니다.",
    forbidden: "권한이 없습니다.",
    conflict: "그사이에 바뀌었습니다.",
    too_large: "너무 깁니다.",
    rate_limited: "너무 빠릅니다. 잠시 후 다시 시도해 주세요.",
    unavailable: "서버가 응답하지 않습니다. 다시 시도해 주세요.",
    internal: "문제가 생겼습니다. 다시 시도해 주세요.",
  },
};
