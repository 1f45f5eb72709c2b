#!/usr/bin/env bash
# For the scripts beside it. `part COMMAND…` runs one of the project's commands, keeps what it counted, and fails when it
# failed; `total` says "N passed, N failed" of them all as the last line, and exits with 0 when nothing failed.

outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
code=0
counted='^[0-9]+ passed, [0-9]+ failed'

# A part that fails before it counts anything is one failure.
part() {
  npx -y pnpm@12.21.0 "$@" 2>&1 | tee "$outputs/last"
  local ended=${PIPESTATUS[0]}
  grep -E "$counted" "$outputs/last" | tail -n 1 >"$outputs/line"
  if [ "$ended" -ne 0 ]; then
    code=1
    [ -s "$outputs/line" ] || echo "0 passed, 1 failed" >"$outputs/line"
  fi
  cat "$outputs/line" >>"$outputs/lines"
  return "$ended"
}

total() {
  awk '{ passed += $1; failed += $3; skipped += $5 }
    END { printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : "" }' "$outputs/lines"
  exit "$code"
}
