-- Every character and every two neighbouring ones of both, in lower case. Trigrams do not find what is
-- shorter than three characters, and most Korean names are; nor do they know Hangul under the locale C.
CREATE FUNCTION "auth"."search_grams"(nickname text, name text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
	SELECT array_agg(DISTINCT substr(word, place, size))
	FROM (VALUES (lower(nickname)), (lower(name))) AS words (word),
		generate_series(1, length(word)) AS place,
		generate_series(1, least(2, length(word) - place + 1)) AS size
);
--> statement-breakpoint
DROP INDEX "auth"."users_nickname_trigrams";--> statement-breakpoint
DROP INDEX "auth"."users_name_trigrams";--> statement-breakpoint
CREATE INDEX "users_search_grams" ON "auth"."users" USING gin (auth.search_grams("nickname", "name"));