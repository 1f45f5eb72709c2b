-- Trigram indexes make "contains" searches of nicknames and names fast.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
