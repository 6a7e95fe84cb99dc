#!/usr/bin/env bash
# Proves that each check passes on a clean tree and finds a planted violation, and names its place.
# Planted code is not for this shell to expand.
# shellcheck disable=SC2016
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d /tmp/recado-checks.XXXXXX)
trap 'rm -rf "$tree"' EXIT
failed=0
planted=0

clean_tree() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{src/{base,engine,http,io},tests/engine}
  local room
  for room in base engine http io; do
    printf '# %s\n' "$room" >"$tree/src/$room/README.md"
  done
  printf 'foreach(room base engine)\nforeach(folder checks)\n' >"$tree/tests/CMakeLists.txt"
  cat >"$tree/src/engine/heap.cpp" <<'CODE'
#include "engine/heap.hpp"
#include "base/time.hpp"
// detached, sleep_for and std::chrono::system_clock::now are only words here; TEST( too.
struct Plain { int number; };
struct Built { Built(int n); int number_; };
Task<> keep(Channel channel) {
  const char* text = "detached time(nullptr) co_await f(Plain{1})";
  Plain plain{1};
  co_await channel.send(std::move(plain));
  co_await channel.send(Built{2});
  co_await group.spawn([](Channel c) -> Task<> { Plain inner{2}; co_await c.send(inner); }(channel));
  if (ready) { Plain later{3}; }
  for (auto& each : all) { co_await channel.send(each); } if (ready(plain)) co_await channel.send(plain);
  auto lifetime(0); use.time(nullptr); clock.time(0);
}
CODE
  mkdir -p "$tree"/{docs,third_party,src/ui}
  printf '# ui\n' >"$tree/src/ui/README.md"
  printf '{"dependencies": {"pages": "1.2.3"}}\n' >"$tree/src/ui/package.json"
  printf '{"version": "1.2.3"}\n' >"$tree/src/ui/package-lock.json"
  printf '# purposes\nbuild lib1|lib2\n' >"$tree/third_party/packages.txt"
  printf '`lib1` and `pages` 1.2.3\n' >"$tree/third_party/README.md"
  printf 'COPY src src\n' >"$tree/Dockerfile"
  printf 'all.push_back(text({"API_HOST", "HOST"}));\nall.push_back(text({"LOG_LEVEL", "LEVEL"}));\n' >"$tree/src/base/variables.cpp"
  printf '.It Ev API_HOST\n.It Ev LOG_LEVEL\n.Ev STATE_DIRECTORY\n' >"$tree/docs/recado.1"
  printf '      LOG_LEVEL: ${LOG_LEVEL:-}\n' >"$tree/compose.yaml"
  printf 'TEST(Heap, PopsInDueOrder) {}\n' >"$tree/tests/engine/heap_test.cpp"
}

# expect_clean CHECK
expect_clean() {
  local output
  if ! output=$(bash "$here/$1.sh" "$tree" 2>&1); then
    printf 'FAIL %s: refuses a clean tree:\n%s\n' "$1" "$output"
    failed=1
  fi
}

# plant CHECK FILE PLACE CODE: with CODE appended to FILE the check fails and says PLACE.
plant() {
  local check=$1 file=$2 place=$3 code=$4 output
  clean_tree
  mkdir -p "$(dirname "$tree/$file")"
  printf '%s\n' "$code" >>"$tree/$file"
  planted=$((planted + 1))
  if output=$(bash "$here/$check.sh" "$tree" 2>&1); then
    printf 'FAIL %s: did not find in %s: %s\n' "$check" "$file" "$code"
    failed=1
  elif [[ $output != *"$place"* ]]; then
    printf 'FAIL %s: did not name %s:\n%s\n' "$check" "$place" "$output"
    failed=1
  fi
}

clean_tree
for check in layers includes banned co_await_temporaries readmes registration names dependencies documentation; do
  expect_clean "$check"
done

plant layers src/base/id.cpp 'src/base/id.cpp:1' '#include "engine/heap.hpp"'
plant layers src/http/a.cpp 'src/http/a.cpp:1' '#  include "engine/engine.hpp"'
plant layers src/messaging/a.cpp 'src/messaging/a.cpp:1' '#include "engine/heap.hpp"'
plant layers src/io/a.hpp 'src/io/a.hpp:1' '#include "nowhere/heap.hpp"'
plant layers src/shed/a.hpp 'src/shed:1' '// a room that nobody knows'
plant includes src/http/a.cpp 'src/http/a.cpp:1' '#include <rapidjson/reader.h>'
plant includes src/http/a.cpp 'src/http/a.cpp:1' '#include <openssl/hmac.h>'
plant includes src/engine/heap.hpp 'src/engine/heap.hpp:1' '#include <boost/asio/post.hpp>'
plant includes src/base/a.hpp 'src/base/a.hpp:1' '#include <boost/asio/awaitable.hpp>'
plant includes src/io/a.cpp 'src/io/a.cpp:1' '#include <date/tz.h>'
plant banned src/io/a.cpp 'src/io/a.cpp:1' 'asio::co_spawn(loop, run(), asio::detached);'
plant banned tests/engine/b_test.cpp 'tests/engine/b_test.cpp:1' 'std::this_thread::sleep_for(5ms);'
plant banned src/io/a.cpp 'src/io/a.cpp:1' 'auto now = std::chrono::steady_clock::now();'
plant banned src/io/a.cpp 'src/io/a.cpp:1' 'auto now = std::time(nullptr);'
plant banned src/io/a.cpp 'src/io/a.cpp:1' 'clock_gettime(CLOCK_REALTIME, &t);'
plant banned src/io/a.cpp 'src/io/a.cpp:1' 'int n = rand() % 6;'
plant banned tests/engine/b_test.cpp 'tests/engine/b_test.cpp:1' 'TEST(Heap, DISABLED_Pops) {}'
plant banned src/io/a.cpp 'src/io/a.cpp:1' '// TO''DO: later'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<> a() { co_await send(Plain{1}); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:17' $'Task<> a() {\n  auto x = use(Plain{1}, co_await send());\n}'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:17' $'Task<> a() { co_await send(\n    {1, 2}); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<> a() { auto r = co_await (co_await get())->send(1, std::array<S, 1>{s}); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<> a() { spawn([](C c) -> Task<> { co_await c.send(Plain{1}); }(c)); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<bool> a() { if (!co_await b()) co_return c(); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<> a() { while (f(g(), h(1)) && (co_await b()).ok()) c(); }'
plant co_await_temporaries src/engine/heap.cpp 'heap.cpp:16' 'Task<R> a() { co_return x() ? co_await b() : co_await c(); }'
plant readmes src/io/README.md 'src/io/README.md:16' "$(printf 'line\n%.0s' {1..16})"
plant readmes src/net/a.cpp 'src/net/README.md:1' ''
plant registration tests/http/a_test.cpp 'tests/http/a_test.cpp:1' 'TEST(A, Does) {}'
plant registration tests/a_test.cpp 'tests/a_test.cpp:1' 'TEST(A, Does) {}'
plant registration tests/engine/a.cpp 'tests/engine/a.cpp:1' 'TEST(A, Does) {}'
plant registration tests/checks/a_test.cpp 'tests/checks/a_test.cpp:1' 'TEST(A, Does) {}'
plant names src/io/socket_utils.hpp 'src/io/socket_utils.hpp:1' '#pragma once'
plant names src/io/a.hpp 'src/io/a.hpp:1' 'class ConnectionManager {};'
plant dependencies third_party/packages.txt '`lib3`' 'test lib3'
plant dependencies src/ui/package-lock.json 'names a registry' '"resolved": "https://example.org/pages.tgz"'
plant dependencies src/ui/package.json 'more is not pinned' '{"devDependencies": {"more": "^1.0.0"}}'
plant dependencies Dockerfile 'COPY of absent' 'COPY absent /src/'
plant documentation src/base/variables.cpp 'setting API_PORT' 'all.push_back(whole({"API_PORT", "PORT"}));'
plant documentation src/base/variables.cpp 'compose.yaml:1: does not hand through the setting LOG_FORMAT' 'all.push_back(text({"LOG_FORMAT", "F"}));'
plant documentation docs/recado.1 'API_NOTHING is no setting' '.It Ev API_NOTHING'

[ $failed = 0 ] && echo "$planted planted violations, each found"
exit $failed
