#!/usr/bin/env bash
# Every setting that src/base/variables.cpp reads is in the man page, docs/configuration.md and compose.yaml, and none that it does not.
# usage: documentation.sh ROOT
set -euo pipefail
cd "$1"
bad=0
names() { grep -oE "$1" "$2" | grep -oE '[A-Z][A-Z_]+' | sort -u; }
settings=$(names '\{"([A-Z]+(_[A-Z]+)+|METRICS)"' src/base/variables.cpp)
for document in docs/recado.1 docs/configuration.md; do
  [ -e "$document" ] || continue
  for name in $settings; do
    grep -qw "$name" "$document" || { echo "$document:1: does not name the setting $name"; bad=1; }
  done
done
# compose.yaml decides itself where the container listens, keeps its data and finds Redis; all else it hands through.
if [ -e compose.yaml ]; then
  for name in $settings; do
    case $name in API_HOST | API_PORT | API_REUSE_PORT | DATA_DIR | REDIS_URL | REDIS_HOST | REDIS_PORT | REDIS_PASSWORD | TLS_*_FILE) continue ;; esac
    grep -qE "^ +$name: \\\$\{$name:-\}" compose.yaml || { echo "compose.yaml:1: does not hand through the setting $name"; bad=1; }
  done
fi
# systemd's two are read, but are no settings.
while read -r name; do
  case $name in STATE_DIRECTORY | CREDENTIALS_DIRECTORY) continue ;; esac
  grep -qx "$name" <<<"$settings" || { echo "docs/recado.1:1: $name is no setting of src/base/variables.cpp"; bad=1; }
done < <(grep -E '^(\.It )?\.?Ev |^\.It Ev ' docs/recado.1 | grep -oE '[A-Z]+(_[A-Z]+)+|METRICS' | sort -u)
exit $bad
