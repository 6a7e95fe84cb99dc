#!/usr/bin/env bash
# `make run`: says where the token is and what to paste, then becomes `recado serve`.
# Webhooks to this machine are allowed and data is in ./recado-data, unless the environment or .env say otherwise.
set -euo pipefail
recado=./build/release/recado

# Whether .env sets NAME: recado reads it itself, and the environment would win over it.
in_dotenv() { grep -qsE "^[[:space:]]*(export[[:space:]]+)?$1=" .env; }
value() { sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1=[\"']?([^\"'#]*[^\"'# ]).*/\2/p" .env 2>/dev/null | tail -n 1; }

# default NAME VALUE: exports it where nothing else sets NAME, and leaves what is in force in the variable.
default() {
  if [ -n "${!1-}" ]; then
    export "${1?}"
  elif in_dotenv "$1"; then
    printf -v "$1" '%s' "$(value "$1")"
    export -n "${1?}"
  else
    printf -v "$1" '%s' "$2"
    export "${1?}"
  fi
}
default WEBHOOK_ALLOW_NETWORKS 127.0.0.0/8,::1/128
default DATA_DIR ./recado-data
default API_PORT 8000

if [ -n "${API_TOKEN-}" ] || in_dotenv API_TOKEN; then
  where='the one in API_TOKEN' token="\$API_TOKEN"
else
  where="in $DATA_DIR/token (made at the first start)" token="\$(cat $DATA_DIR/token)"
fi
# The receiver finds the signing secret in DATA_DIR; it reads .env, but knows nothing of this shell's environment.
listen="$recado listen"
[ "$DATA_DIR" = ./recado-data ] || in_dotenv DATA_DIR || listen+=" --data-dir $(printf %q "$DATA_DIR")"
cat <<TEXT
==> Serving on http://127.0.0.1:$API_PORT: the API's pages are /docs and /redoc. Ctrl-C ends it, messages stay in $DATA_DIR.
    The API token is $where.

    In a second terminal, in this folder, a receiver that shows what arrives and how late:

$listen

    In a third, a message for it, to be delivered in five seconds:

curl -sS http://127.0.0.1:$API_PORT/messages -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"delay":"5s","payload":{"text":"Hello, later"},"webhookUrl":"http://127.0.0.1:9000/"}'

TEXT
exec $recado serve
