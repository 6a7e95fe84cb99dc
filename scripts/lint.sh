#!/usr/bin/env bash
# What `make lint` runs: form, names and bugs by clang-tidy, headers that compile alone, scripts, man page, unit.
#
#   scripts/lint.sh [FILE.cpp...]      clang-tidy on these files only
#
# clang-tidy needs 5 to 20 s a file: what was found clean is remembered in build/lint, and TIDY_MINUTES (12) bounds a run;
# 0 leaves it out.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
self=scripts/lint.sh
jobs=$(nproc)
passed=0
failed=0

# step NAME COMMAND...: quiet when it passes.
step() {
  local name=$1 start=$SECONDS output
  shift
  printf '==> %s\n' "$name"
  if output=$("$@" 2>&1); then
    [ -z "$output" ] || printf '    %s\n' "${output//$'\n'/$'\n    '}"
    printf '    ok, %s s\n' $((SECONDS - start))
    passed=$((passed + 1))
  else
    printf '%s\n    FAILED: %s, %s s\n' "$output" "$name" $((SECONDS - start))
    failed=$((failed + 1))
  fi
}

# Of what git knows: an ignored or missing folder changes nothing.
sources() { git ls-files -co --exclude-standard -- 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' | while read -r file; do if [ -e "$file" ]; then echo "$file"; fi; done; }

format() { sources | xargs -r clang-format --dry-run -Werror; }

scripts() { git ls-files -z -co --exclude-standard -- '*.sh' .ci/run | xargs -0 shellcheck; }

man_page() { mandoc -Tlint -Wwarning docs/*.1; }

units() {
  local tree unit exposure output bad=0
  tree=$(mktemp -d) || return 1
  # The units name a program that has to exist; /bin/true stands in for it.
  for unit in systemd/*; do sed 's|/usr/local/bin/recado|/bin/true|' "$unit" >"$tree/${unit##*/}" || return 1; done
  # A template is judged by one of its instances.
  mv "$tree/recado@.service" "$tree/recado@1.service" || return 1
  # verify says what it does not understand, and ends with 0 nevertheless.
  output=$(SYSTEMD_UNIT_PATH="$tree:" systemd-analyze verify --man=no "$tree"/* 2>&1) || bad=1
  if [ -n "$output" ]; then printf '%s\n' "$output"; bad=1; fi
  for unit in "$tree"/*.service; do
    exposure=$(systemd-analyze security --offline=true --no-pager "$unit" | awk '/Overall exposure/ {print $(NF - 2)}')
    printf '%s: exposure %s\n' "${unit##*/}" "$exposure"
    awk -v exposure="$exposure" 'BEGIN {exit !(exposure != "" && exposure <= 2.0)}' || bad=1
  done
  rm -rf "$tree"
  return $bad
}

configure() {
  # clang-tidy wants compile commands (without g++'s precompiled headers), and the one header that the build writes.
  cmake --preset dev -B build/lint/commands -DRECADO_PRECOMPILE=OFF >/dev/null &&
    ninja -C build/lint/commands src/ui/embedded/embedded.inc >/dev/null
}

# A lint that has gone deaf looks clean: a planted bad name and a planted bug have to be found.
canary() {
  local tree
  tree=$(mktemp -d) || return 1
  printf '#include <string>\n#include <utility>\nint BadName() { return 1; }\nstd::size_t f(std::string s) { auto t = std::move(s); return s.size(); }\n' >"$tree/canary.cpp"
  local said
  said=$(clang-tidy --quiet --config-file=.clang-tidy "$tree/canary.cpp" -- -std=c++20 2>&1)
  rm -rf "$tree"
  for check in readability-identifier-naming bugprone-use-after-move; do
    grep -q "$check" <<<"$said" || { echo "clang-tidy no longer finds $check"; return 1; }
  done
  [ "$(clang-tidy --list-checks --config-file=.clang-tidy | grep -cE '^ +(bugprone|performance|readability-identifier-naming)')" -gt 40 ]
}

# Each header as a source of its own, with ccache so that only changed ones cost anything.
headers_alone() {
  mkdir -p build/lint/headers
  find src -name '*.hpp' -printf '%P\n' | sort | xargs -P "$jobs" -I{} "$self" --header {}
}

one_header() {
  local source=build/lint/headers/${1//\//__}.cpp launcher flags
  launcher=$(command -v ccache || true)
  flags=$(pkg-config --cflags hiredis)
  printf '#include "%s"\n' "$1" >"$source"
  # shellcheck disable=SC2086
  $launcher g++ -std=c++20 -O0 -Wall -Wextra -Isrc -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_BEAST_SEPARATE_COMPILATION \
    -DBOOST_ASIO_NO_DEPRECATED $flags -c "$source" -o "$source.o" || { echo "src/$1:1: does not compile alone"; exit 1; }
  rm -f "$source.o"
}

tidy_files() {
  if [ $# -gt 0 ]; then
    printf '%s\n' "$@"
    return
  fi
  # What changed lately comes first.
  { git log --name-only --format= -20 2>/dev/null; git ls-files -mo --exclude-standard 2>/dev/null; sources; } |
    grep -E '^(src|tests)/.*\.cpp$' | awk '!seen[$0]++' | while read -r file; do if [ -e "$file" ]; then echo "$file"; fi; done
}

tidy() {
  mkdir -p build/lint/clean
  tidy_headers=$(find src tests -name '*.hpp' -print0 | sort -z | xargs -0 cat .clang-tidy | sha256sum)
  tidy_until=$(($(date +%s) + ${TIDY_MINUTES:-12} * 60))
  export tidy_headers tidy_until
  tidy_files "$@" | xargs -r -P "$jobs" -I{} "$self" --tidy {}
}

one_tidy() {
  local clean said
  clean=build/lint/clean/$(cat "$1" <(echo "$1 $tidy_headers") | sha256sum | cut -c1-32)
  if [ -e "$clean" ]; then return; fi
  if [ "$(date +%s)" -ge "$tidy_until" ]; then
    echo "not looked at, TIDY_MINUTES is over: $1"
  elif said=$(clang-tidy -p build/lint/commands --quiet --extra-arg=-w "$1" 2>&1); then
    touch "$clean"
  else
    grep -vE 'warnings? generated' <<<"$said"
    return 1
  fi
}

case ${1-} in
  --header) one_header "$2"; exit ;;
  --tidy) one_tidy "$2"; exit ;;
esac

step 'clang-format' format
step 'shellcheck' scripts
step 'man page' man_page
step 'systemd units' units
step 'headers compile alone' headers_alone
step 'compile commands' configure
step 'clang-tidy is alive' canary
if [ "${TIDY_MINUTES:-12}" != 0 ]; then step "clang-tidy${*:+ on $*}" tidy "$@"; fi

printf 'lint: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
