/** An index that search could have had, and a search by it. */
export type TextIndex = {
  name: string;
  create: string[];
  /** Parameters: the user, a `LIKE` pattern, the index's terms. */
  search: string;
  termsOf(query: string): string[];
};

const VISIBLE = `message.room_id = member.room_id AND message.seq >= member.history_from_seq
  AND message.kind = 'text' AND message.deleted_at IS NULL AND message.text ILIKE $2`;
const NEWEST = "ORDER BY message.created_at DESC, message.room_id DESC, message.seq DESC LIMIT 51";

function bigramsOf(query: string): string[] {
  const characters = [...query.toLowerCase()];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

export const TEXT_INDEXES: readonly TextIndex[] = [
  {
    name: "pg_trgm, GIN on text",
    create: [
      "CREATE EXTENSION IF NOT EXISTS pg_trgm",
      "CREATE INDEX text_index ON chat.messages USING gin (text gin_trgm_ops)",
    ],
    search: `SELECT message.* FROM chat.members member JOIN chat.messages message ON ${VISIBLE}
             WHERE member.user_id = $1 AND $3::text[] IS NOT NULL ${NEWEST}`,
    termsOf: () => [],
  },
  {
    name: "bigrams with the room, GIN by btree_gin",
    create: [
      "CREATE EXTENSION IF NOT EXISTS btree_gin",
      // One-character terms too, so that one syllable is found.
      `CREATE OR REPLACE FUNCTION chat.bigrams(text text) RETURNS text[]
       LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
         SELECT coalesce(array_agg(DISTINCT term), '{}')
         FROM generate_series(1, length(text)) AS place,
              LATERAL (VALUES (substr(lower(text), place, 1)), (substr(lower(text), place, 2))) AS terms (term)
       $$`,
      "CREATE INDEX text_index ON chat.messages USING gin (room_id, chat.bigrams(text))",
    ],
    search: `SELECT message.* FROM chat.members member JOIN chat.messages message ON ${VISIBLE}
               AND chat.bigrams(message.text) @> $3
             WHERE member.user_id = $1 ${NEWEST}`,
    termsOf: bigramsOf,
  },
];
