-- After the database has gone back to an earlier state: what rooms count from here on is far above every number that
-- was given between then and now. So no client takes a new change for one that it holds, or for the next one: it is
-- told that it is too far behind (over 1,000 changes), drops what it holds of the room, and loads it anew.
--
-- ./infra/restore does it by itself. After any other way back (point-in-time recovery, a standby that lacked something)
-- before the chat nodes start:
--   docker compose exec -T postgres psql -U moim -d moim <infra/postgres/restored.sql
UPDATE chat.rooms SET rev = rev + 1000000000;
