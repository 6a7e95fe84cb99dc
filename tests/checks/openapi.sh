#!/usr/bin/env bash
# The openapi.json that the binary serves is a valid OpenAPI 3.1 document, by Redocly's rules.
# usage: openapi.sh ROOT BINARY NODE_MODULES
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$(realpath "$2")
modules=$(realpath "$3")
folder=$(mktemp -d /tmp/recado-openapi.XXXXXX)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
cd "$folder"

# The document needs no Redis: nobody listens on port 1, and recado serves all the same. Its log names the free port.
mkfifo log
env -i PATH="$PATH" DATA_DIR="$folder/data" API_PORT=0 API_TOKEN=openapi-check REDIS_URL=redis://127.0.0.1:1 DRAIN_TIMEOUT=1 \
  "$binary" serve >log 2>&1 &
server=$!
exec 3<log
port=
while [ -z "$port" ] && read -r -t 60 line <&3; do
  printf '%s\n' "$line" >>lines
  if [[ $line =~ 127\.0\.0\.1:([1-9][0-9]+) ]]; then port=${BASH_REMATCH[1]}; fi
done
[ -n "$port" ] || { echo 'recado named no port:'; cat lines; exit 1; }
cat <&3 >>lines &
curl -fsS --compressed --max-time 20 "http://127.0.0.1:$port/openapi.json" -o openapi.json || { cat lines; exit 1; }
node "$here/openapi_lint.js" "$modules" openapi.json
