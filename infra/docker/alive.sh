#!/bin/bash
# The health check of a service's container: whether its process answers at all. Bash speaks TCP by
# itself; starting Node for this every few seconds would cost more than an idle service does.
exec 3<>"/dev/tcp/127.0.0.1/$PORT" || exit 1
printf 'GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r status <&3
[[ $status == "HTTP/1.1 200 "* ]]
