#!/usr/bin/env bash
# Each room says what it is in a README of at most 15 lines. usage: readmes.sh ROOT
set -euo pipefail
cd "$1"
bad=0
for room in src/*/; do
  readme=${room}README.md
  if [ ! -s "$readme" ]; then
    echo "$readme:1: missing: what the room is, what it may include, where to start"
    bad=1
  elif [ "$(wc -l <"$readme")" -gt 15 ]; then
    echo "$readme:16: longer than 15 lines"
    bad=1
  fi
done
exit $bad
