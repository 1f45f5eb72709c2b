#!/bin/sh
# Run once by the image of Postgres, when it has made the database: the services, the migrations and the
# exporter are "moim", who owns the database and is no superuser. The superuser keeps no password: it is
# there for whoever may run commands in the container, `docker compose exec postgres psql -U postgres`.
#
# Where it was interrupted, the image does not run it again, and Postgres stays unhealthy:
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/roles.sh
set -eu
password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:?}")}
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v password="$password" -U postgres -d postgres <<'END'
SELECT 'CREATE ROLE moim' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'moim') \gexec
ALTER ROLE moim LOGIN PASSWORD :'password';
GRANT pg_monitor TO moim;
ALTER DATABASE moim OWNER TO moim;
ALTER ROLE postgres PASSWORD NULL;
END
