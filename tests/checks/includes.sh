#!/usr/bin/env bash
# Which rooms may see which library, so that a library can be replaced in one place; and no Asio where code is pure.
# usage: includes.sh ROOT
set -euo pipefail
cd "$1"

# LIBRARY (a regular expression on the include's name) TAB FILES (one on the path below src/) TAB WHY
rules=$(
  cat <<'RULES'
rapidjson/	base/json[^/]*	only base/json reads and writes JSON
openssl/(evp|hmac|sha|md5|core_names|params|kdf|rand|crypto)\.h	base/(crypto|sha1|id)[^/]*	digests and random bytes come from base/crypto
openssl/	base/(crypto|sha1|id)[^/]*|io/tls[^/]*	TLS is io/tls
date/	base/(time|zone|clock)[^/]*	the calendar and the zones are base/time
spdlog/	base/log[^/]*	logging is base/log, where secrets are redacted
phonenumbers/	messaging/phone[^/]*	telephone numbers are messaging/phone
unicode/	base/words[^/]*	folding and words are base/words
hiredis/	redis/.*	the codec is a detail of redis
CLI/	app/.*	arguments are read by app
boost/beast/	http/.*|net/.*|io/asio_beast\.cpp	HTTP is spoken by http and net
boost/asio|boost/beast	(io|redis|net|engine|http|app)/.*	no event loop in base, auth, records, api and ui
boost/asio|boost/beast|hiredis/	(?!engine/(heap|retry|recurrence)|engine/delivery/(machine|webhook)|messaging/templates|booking/availability).*	pure: logic without input and output
RULES
)

bad=0
while IFS=: read -r file line text; do
  header=${text#*[<\"]}
  header=${header%%[>\"]*}
  while IFS=$'\t' read -r library files why; do
    if [[ $header =~ ^($library) ]] && ! grep -qP "^src/(?:$files)$" <<<"$file"; then
      echo "$file:$line: <$header> is not for this file: $why"
      bad=1
      break
    fi
  done <<<"$rules"
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(rapidjson|openssl|date|spdlog|unicode|phonenumbers|hiredis|CLI|boost/asio|boost/beast)' \
  src --include='*.cpp' --include='*.hpp' || true)
exit $bad
