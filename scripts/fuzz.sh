#!/usr/bin/env bash
# What `make fuzz` runs: every fuzz target for FUZZ_SECONDS (60) on JOBS processes, from the corpus in tests/fuzz/corpus and
# what earlier runs have found (build/fuzz/found). FUZZ_TARGETS="a b" picks some.
# An input that breaks a promise is kept in build/fuzz/broken; replay it with build/dev/tests/fuzz/replay_<target> FOLDER 0,
# and put it into the corpus once it is mended.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
seconds=${FUZZ_SECONDS:-60}
passed=0
failed=0
mkdir -p build/fuzz/broken build/fuzz/logs
for folder in tests/fuzz/corpus/*/; do
  target=$(basename "$folder")
  if [ -n "${FUZZ_TARGETS-}" ] && [[ " $FUZZ_TARGETS " != *" $target "* ]]; then continue; fi
  found=build/fuzz/found/$target
  log=build/fuzz/logs/$target
  mkdir -p "$found"
  printf '==> %s, %s s\n' "$target" "$seconds"
  if build/fuzz/tests/fuzz/"fuzz_$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -verbosity=1 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/broken/$target-" "$found" "$folder" >"$log" 2>&1; then
    printf '    kept every promise: %s\n' "$(sed -nE 's/^stat::number_of_executed_units: +([0-9]+)/\1 inputs/p' "$log")"
    passed=$((passed + 1))
  else
    grep -E 'broken promise|ERROR|SUMMARY|runtime error|Test unit written' "$log" | sed 's/^/    /'
    printf '    FAILED: %s, see %s\n' "$target" "$log"
    failed=$((failed + 1))
  fi
done
printf 'fuzz: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
