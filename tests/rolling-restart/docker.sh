#!/bin/sh
# Stands in for `docker`, as far as infra/rolling-restart calls it. A container is a folder below $ENGINE, with its service
# and its state; where the test has made the file $ENGINE/hold-<command>, that command waits until the file is gone.
set -eu

containers() {
  for folder in "$ENGINE"/containers/*/; do
    [ -d "$folder" ] || continue
    [ "$(cat "$folder/service")" != "$1" ] || basename "$folder"
  done
}

hold() {
  [ ! -e "$ENGINE/hold-$1" ] || touch "$ENGINE/held-$1"
  while [ -e "$ENGINE/hold-$1" ]; do /bin/sleep 0.02; done
}

last() {
  for word in "$@"; do :; done
  echo "$word"
}

echo "$*" >>"$ENGINE/commands"
case "$1 ${2:-}" in
  'compose config') printf 'services:\n  auth: {}\n  chat:\n    deploy:\n      replicas: 2\n' ;;
  'compose run' | 'compose rm') ;;
  'compose ps') containers "$(last "$@")" ;;
  'compose up')
    service=$(last "$@") wanted=$(echo "$*" | sed 's/.*--scale [a-z]*=\([0-9]*\).*/\1/')
    while [ "$(containers "$service" | grep -c .)" -lt "$wanted" ]; do
      new=$ENGINE/containers/$(printf '%012d' "$(wc -l <"$ENGINE/commands")")
      mkdir "$new"
      echo "$service" >"$new/service"
    done
    hold up
    ;;
  'inspect '*)
    case $3 in
      *RestartCount*) echo 0 ;;
      *) if [ -e "$ENGINE/hold-health" ]; then touch "$ENGINE/held-health" && echo running starting; else echo running healthy; fi ;;
    esac
    ;;
  'stop '*) hold stop ;;
  'rm '*) rm -r "$ENGINE/containers/$(last "$@")" ;;
  *) echo "unknown: $*" >&2 && exit 2 ;;
esac
