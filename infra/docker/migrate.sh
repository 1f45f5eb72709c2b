#!/bin/sh
# Brings the schemas of both services up to date, at once: a lock in the database makes one wait for the
# other. `docker compose up` says it again each time and waits for it.
set -eu
node auth/dist/migrate.js &
auth=$!
node chat/dist/migrate.js
wait "$auth"
