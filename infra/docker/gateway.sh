#!/bin/sh
# Fills in the proxy's configuration from the container's environment and becomes Nginx.
#   CHAT_SERVER             name:port of the chat nodes (chat:3001); each address of the name is one
#   AUTH_SERVER             the same for the auth service (auth:3002)
#   CONNECTIONS_PER_SECOND  new chat connections an address may open (10)
#   CONNECTIONS_BURST       how many of them at once (20)
#   CONNECTIONS_PER_ADDRESS how many an address may have open (1000)
#   GATEWAY_WORKERS         processes of Nginx (one for each core, at most 8: each takes 14 MB at once)
#   TRUSTED_PROXIES         networks of the proxies in front, separated by spaces or commas (none)
#   TLS                     "on": https on 8443 with /run/moim/tls/{certificate,key}.pem, and 8080 only
#                           leads there
set -eu

# Two weeks.
WARN_BEFORE_SECONDS=1209600
WORKERS_MAX=8

fail() {
  echo "gateway: $1" >&2
  exit 1
}

source=/etc/moim/nginx
target=${GATEWAY_FOLDER:-/tmp/moim}
certificates=/run/moim/tls
mkdir -p "$target/temporary"
cp "$source"/*.conf "$target"
# Of the one before, where this folder outlives it.
rm -f "$target/temporary/rounds.sock"

# As Docker or Kubernetes set it up: their name servers know the replicas.
resolver=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf)
[ -n "$resolver" ] || fail "/etc/resolv.conf names no server"
replicas() {
  echo "resolver $resolver valid=1s ipv6=off; server $1 resolve $2;"
}

hops='' addresses=''
for network in $(echo "${TRUSTED_PROXIES:-}" | tr ',' ' '); do
  hops="$hops $network 1;"
  addresses="$addresses set_real_ip_from $network;"
done
[ -z "$addresses" ] || addresses="$addresses real_ip_header X-Forwarded-For; real_ip_recursive on;"

listen='listen 8080;' more=''
case ${TLS:-off} in
  on)
    for file in certificate.pem key.pem; do
      [ -r "$certificates/$file" ] \
        || fail "TLS is on, but $certificates/$file is not there or cannot be read by user $(id -u)"
    done
    if command -v openssl >/dev/null && ! openssl x509 -noout -checkend "$WARN_BEFORE_SECONDS" \
      -in "$certificates/certificate.pem" >/dev/null; then
      echo "gateway: warning: the certificate ends $(openssl x509 -noout -enddate \
        -in "$certificates/certificate.pem" | cut -d= -f2)" >&2
    fi
    listen='listen 8443 ssl; include tls.conf;'
    more="include to-https.conf;"
    ;;
  off) ;;
  *) fail "TLS must be on or off" ;;
esac

workers=${GATEWAY_WORKERS:-}
if [ -z "$workers" ]; then
  workers=$(nproc)
  [ "$workers" -le "$WORKERS_MAX" ] || workers=$WORKERS_MAX
fi

export NGINX_WORKERS="$workers"
export NGINX_LISTEN="$listen"
export NGINX_STATUS_LISTEN=8081
export NGINX_WEB_FOLDER=/usr/share/moim/web
export NGINX_TEMPORARY_FOLDER="$target/temporary"
# Whoever does not answer is left out for a while; where that is everybody, they are asked all the same.
NGINX_CHAT_SERVERS=$(replicas "${CHAT_SERVER:-chat:3001}" "max_fails=1 fail_timeout=2s")
NGINX_CHAT_SERVERS_ANYWAY=$(replicas "${CHAT_SERVER:-chat:3001}" "max_fails=0")
# Not after the first failure: it may be a 503 that says that the database is slow.
NGINX_AUTH_SERVERS=$(replicas "${AUTH_SERVER:-auth:3002}" "max_fails=3 fail_timeout=3s")
export NGINX_CHAT_SERVERS NGINX_CHAT_SERVERS_ANYWAY NGINX_AUTH_SERVERS
export NGINX_CONNECTIONS_PER_SECOND="${CONNECTIONS_PER_SECOND:-10}"
export NGINX_CONNECTIONS_BURST="${CONNECTIONS_BURST:-20}"
export NGINX_CONNECTIONS_PER_ADDRESS="${CONNECTIONS_PER_ADDRESS:-1000}"
export NGINX_TRUSTED_HOPS="$hops"
export NGINX_REAL_ADDRESSES="$addresses"
export NGINX_ACCESS_LOG=/dev/stdout
export NGINX_MORE_SERVERS="$more"
names=$(env | sed -n 's/^\(NGINX_[A-Z_]*\)=.*/${\1}/p' | tr '\n' ' ')
envsubst "$names" <"$source/nginx.conf.template" >"$target/nginx.conf"

# As many connections as this container may have.
# shellcheck disable=SC3045 # dash and bash both know it
ulimit -n "$(ulimit -Hn)"
exec nginx -p "$target" -c "$target/nginx.conf" -e stderr -g "daemon off; pid $target/nginx.pid;"
