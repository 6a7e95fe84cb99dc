#!/usr/bin/env bash
# Who may include whom: the table of docs/architecture.md. Every include of ours is compared with it.
# usage: layers.sh ROOT
set -euo pipefail
cd "$1"

# ROOM: what it may include beside itself; a room, or a single header of one.
declare -A may=(
  [main.cpp]="app"
  [app]="api auth base engine http io net records messaging booking redis ui"
  [base]=""
  [io]="base"
  [redis]="base io"
  [net]="base io"
  [engine]="base io redis net"
  [records]="base redis io/loop.hpp"
  [messaging]="base records io/loop.hpp redis/client.hpp engine/engine.hpp engine/channel.hpp engine/message.hpp engine/recurrence.hpp engine/series.hpp"
  [booking]="base records engine/engine.hpp engine/message.hpp messaging/messaging.hpp"
  [auth]="base records io/loop.hpp io/one_shot.hpp io/worker.hpp redis/client.hpp"
  [http]="base io"
  [api]="base auth http io/loop.hpp ui/assets.hpp engine/engine.hpp engine/channel.hpp engine/message.hpp engine/recurrence.hpp engine/series.hpp engine/header_rules.hpp engine/destination.hpp messaging/messaging.hpp booking/booking.hpp"
  [ui]=""
)

bad=0
refuse() {
  echo "$1: $2"
  bad=1
}

while IFS=: read -r file line text; do
  header=${text#*\"}
  header=${header%%\"*}
  room=${file#src/}
  room=${room%%/*}
  of=${header%%/*}
  if [ -z "${may[$room]+known}" ]; then
    refuse "$file:$line" "'$room' is no room; the rooms are in tests/checks/layers.sh and docs/architecture.md"
  elif [ "$header" != "$of" ] && [ -z "${may[$of]+known}" ]; then
    refuse "$file:$line" "\"$header\" is in no room; ours are included as \"room/file.hpp\", others with <>"
  elif [ "$of" = "$room" ] || [ "$header" = embedded.inc ]; then
    continue
  elif [[ " ${may[$room]} " != *" $of "* && " ${may[$room]} " != *" $header "* ]]; then
    refuse "$file:$line" "$room may not include \"$header\" (it may: ${may[$room]:-nothing of ours})"
  fi
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src --include='*.cpp' --include='*.hpp' || true)

for room in src/*/; do
  room=$(basename "$room")
  [ -n "${may[$room]+known}" ] || refuse "src/$room:1" "the room is not in the table"
done
exit $bad
