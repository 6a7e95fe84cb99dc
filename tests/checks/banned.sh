#!/usr/bin/env bash
# Calls that have no place here, each with its reason and what to use instead.
# usage: banned.sh ROOT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"

# CODE (a Perl expression) TAB FILES where it is allowed ("-": none) TAB WHY
rules=$(
  cat <<'RULES'
\bdetached\b	-	a detached coroutine's exceptions vanish: spawn it in an io::TaskGroup
\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b|(?<![\w>])::sleep\s*\(	-	nothing sleeps: wait for the event, or turn the clock by hand
\b(system|steady|high_resolution|utc|tai|file)_clock::now\b|\b(clock_gettime|gettimeofday|timespec_get|ftime)\s*\(|(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)	^src/base/(time|clock)[^/]*$	the only reader of clocks is base/time: take a Clock
(?<![\w.>])(std::|::)?s?rand\s*\(|\brandom_device\b|\b[dlm]rand48\b	^src/base/(crypto|id)[^/]*$	random bytes come from base/crypto; tests use a seed they print
\b(GTEST_SKIP|DISABLED_\w+)	-	a test that is switched off proves nothing
RULES
)

bad=0
mapfile -t files < <(find src tests -name '*.cpp' -o -name '*.hpp' | sort)
[ ${#files[@]} -gt 0 ] || exit 0
code=$(perl "$here/code_only.pl" "${files[@]}")
while IFS=$'\t' read -r pattern allowed why; do
  while IFS=: read -r file line text; do
    if [ "$allowed" != - ] && grep -qE "$allowed" <<<"$file"; then continue; fi
    echo "$file:$line: $text"
    echo "    $why"
    bad=1
  done < <(grep -P "^[^:]*:[0-9]+:.*?(?:$pattern)" <<<"$code" || true)
done <<<"$rules"

# Words in comments count too.
while IFS= read -r hit; do
  echo "$hit"
  echo "    finish it, or leave it out"
  bad=1
done < <(grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${files[@]}" || true)
exit $bad
