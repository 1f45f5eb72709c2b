import pg from "pg";
import { v7 as uuidv7 } from "uuid";

export type SeedSize = { messages: number; rooms: number; users: number };

/** What the decision pages measure on. */
export const LARGE: SeedSize = { messages: 1_000_000, rooms: 10_000, users: 3_000 };

/**
 * People whose size is known. `heavy` is in the 200 busiest rooms, `usual` in 50 of all sizes.
 */
export type Seeded = { heavy: string; usual: string; busiestRoomId: string };

/** Every how many messages the rare word is said. */
const RARE_EVERY = 50_000;
export const RARE_WORD = "느티나무";
const HEAVY_ROOMS = 200;
const USUAL_ROOMS = 50;
const GROUP_MEMBERS_MAX = 50;

/** Skewed like speech: the earlier in the list, the more often said. */
export const WORDS =
  `ㅋㅋ 네 안녕하세요 오늘 내일 회의 점심 감사합니다 지금 어디예요 괜찮아요 알겠습니다 주말에 시간 영화
  보러 갈까요 저녁 메뉴 김치찌개 회의실에서 자료 보내주세요 확인했습니다 파일 링크 진짜 대박 축하해요 생일
  선물 여행 제주도 비행기 숙소 예약 버스 지하철 늦어요 기다릴게요 사진 동생 부모님 학교 시험 공부 도서관
  카페 커피 아메리카노 운동 헬스장 날씨 비가 우산 감기 병원 약국 월급 통장 이사 계약 서류 프로젝트 마감
  배포 서버 테스트 meeting deploy release ok thanks 리뷰 코드 버그 고양이 강아지 산책 한강 자전거 콘서트`
    .trim()
    .split(/\s+/);

/**
 * Fills a migrated, empty database within the bounds of one minute: room sizes fall off as 1/rank,
 * messages of all rooms stand in the table in the order of their time, as they would have come.
 */
export async function seedDatabase(url: string, size: SeedSize): Promise<Seeded> {
  const connection = new pg.Client({ connectionString: url, application_name: "moim-seed" });
  await connection.connect();
  try {
    const rooms = planRooms(size);
    await connection.query("BEGIN");
    await insertRooms(connection, rooms);
    await insertMembers(connection, rooms);
    await insertMessages(connection, rooms);
    await connection.query("COMMIT");
    await connection.query("VACUUM ANALYZE chat.rooms, chat.members, chat.messages");
    return known(rooms);
  } finally {
    await connection.end();
  }
}

type SeedRoom = { id: string; messages: number; userIds: string[]; ageDays: number };

function planRooms({ messages, rooms, users }: SeedSize): SeedRoom[] {
  const random = seededRandom(20_261_122);
  const userIds = Array.from({ length: users }, () => uuidv7());
  const weights = Array.from({ length: rooms }, (_, rank) => 1 / (rank + 10));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const usualEvery = Math.max(1, Math.floor(rooms / USUAL_ROOMS));
  return weights.map((weight, rank) => {
    const isGroup = rank % 3 === 0;
    const memberCount = isGroup ? 3 + Math.floor(random() * (GROUP_MEMBERS_MAX - 2)) : 2;
    const chosen = new Set<string>();
    if (rank < HEAVY_ROOMS) chosen.add(userIds[0] ?? "");
    if (rank % usualEvery === usualEvery - 1) chosen.add(userIds[1] ?? "");
    while (chosen.size < Math.min(memberCount, users)) {
      chosen.add(userIds[Math.floor(random() * users)] ?? "");
    }
    return {
      id: uuidv7(),
      messages: Math.max(1, Math.round((weight / total) * messages)),
      userIds: [...chosen],
      ageDays: 1 + random() * 364,
    };
  });
}

function known(rooms: readonly SeedRoom[]): Seeded {
  const usualEvery = Math.max(1, Math.floor(rooms.length / USUAL_ROOMS));
  const busiest = rooms[0];
  const inTheMiddle = rooms[usualEvery - 1];
  const heavy = busiest?.userIds[0];
  const usual = inTheMiddle?.userIds.find((id) => id !== heavy);
  if (!busiest || !heavy || !usual) throw new Error("too few rooms to know anybody");
  return { heavy, usual, busiestRoomId: busiest.id };
}

async function insertRooms(connection: pg.Client, rooms: readonly SeedRoom[]): Promise<void> {
  await connection.query(
    `INSERT INTO chat.rooms
       (id, kind, direct_pair, created_by, creation_id, member_count, last_seq, rev, created_at)
     SELECT id, CASE WHEN member_count = 2 THEN 'direct' ELSE 'group' END,
            CASE WHEN member_count = 2 THEN id::text END, creator,
            CASE WHEN member_count = 2 THEN NULL ELSE gen_random_uuid() END,
            member_count, messages, messages, now() - make_interval(secs => age_days * 86400)
     FROM unnest($1::uuid[], $2::int[], $3::int[], $4::uuid[], $5::float8[])
          AS room (id, member_count, messages, creator, age_days)`,
    [
      rooms.map((room) => room.id),
      rooms.map((room) => room.userIds.length),
      rooms.map((room) => room.messages),
      rooms.map((room) => room.userIds[0]),
      rooms.map((room) => room.ageDays),
    ],
  );
}

/** Read marks lie a little behind the newest message, as those of people do. */
async function insertMembers(connection: pg.Client, rooms: readonly SeedRoom[]): Promise<void> {
  await connection.query(
    `INSERT INTO chat.members (room_id, user_id, role, read_seq, joined_at)
     SELECT room.id, member.user_id,
            CASE WHEN member.user_id = room.created_by THEN 'owner' ELSE 'member' END,
            greatest(0, room.last_seq - floor(random() * 20)), room.created_at
     FROM unnest($1::uuid[], $2::uuid[]) AS member (room_id, user_id)
     JOIN chat.rooms room ON room.id = member.room_id`,
    [
      rooms.flatMap((room) => room.userIds.map(() => room.id)),
      rooms.flatMap((room) => room.userIds),
    ],
  );
}

async function insertMessages(connection: pg.Client, rooms: readonly SeedRoom[]): Promise<void> {
  await connection.query("SET LOCAL work_mem = '256MB'");
  await connection.query("SELECT setseed(0.5)");
  await connection.query(
    `WITH said AS MATERIALIZED (
       SELECT room.id AS room_id, seq, room.age_days,
              date_trunc('milliseconds',
                now() - make_interval(secs => room.age_days * 86400 * (1 - seq / (room.messages + 1.0)))
              ) AS created_at,
              members.user_ids[1 + floor(random() * cardinality(members.user_ids))::int] AS sender_id
       FROM unnest($1::uuid[], $2::int[], $3::float8[]) AS room (id, messages, age_days)
       JOIN (SELECT room_id, array_agg(user_id) AS user_ids FROM chat.members GROUP BY room_id)
         AS members ON members.room_id = room.id
       CROSS JOIN LATERAL generate_series(1, room.messages) AS seq
     ), placed AS (
       SELECT *, row_number() OVER (ORDER BY created_at) AS place FROM said
     )
     INSERT INTO chat.messages
       (room_id, seq, rev, kind, sender_id, client_id, text, notice, created_at)
     SELECT room_id, seq, seq, CASE WHEN place % 25 = 0 THEN 'notice' ELSE 'text' END, sender_id,
            CASE WHEN place % 25 = 0 THEN NULL ELSE gen_random_uuid() END,
            CASE WHEN place % 25 = 0 THEN NULL ELSE concat_ws(' ',
              ($4::text[])[1 + floor(random() ^ 3 * cardinality($4::text[]))::int],
              ($4::text[])[1 + floor(random() ^ 2 * cardinality($4::text[]))::int],
              CASE WHEN place % ${RARE_EVERY} = 7 THEN '${RARE_WORD} 아래' END,
              CASE WHEN random() < 0.8
                THEN ($4::text[])[1 + floor(random() ^ 2 * cardinality($4::text[]))::int] END,
              CASE WHEN random() < 0.6
                THEN ($4::text[])[1 + floor(random() * cardinality($4::text[]))::int] END,
              CASE WHEN random() < 0.5
                THEN ($4::text[])[1 + floor(random() * cardinality($4::text[]))::int] END) END,
            CASE WHEN place % 25 = 0 THEN '{"type":"renamed","title":"새 이름"}'::jsonb END,
            created_at
     FROM placed ORDER BY place`,
    [
      rooms.map((room) => room.id),
      rooms.map((room) => room.messages),
      rooms.map((room) => room.ageDays),
      WORDS,
    ],
  );
  await connection.query(
    `UPDATE chat.rooms room SET last_activity_at = newest.created_at
     FROM chat.messages newest WHERE newest.room_id = room.id AND newest.seq = room.last_seq`,
  );
}

/** The same numbers in every run: a linear congruential generator is random enough here. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
