#!/usr/bin/env bash
# g++ 12 destroys a brace-made aggregate twice when it stands in a full expression with co_await: name it, then move it.
# A heuristic: braces of a type that is declared here without a constructor, bare braces as an argument, std::array{...}.
# usage: co_await_temporaries.sh ROOT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
mapfile -t files < <(find src tests -name '*.cpp' -o -name '*.hpp' | sort)
[ ${#files[@]} -gt 0 ] || exit 0
perl "$here/code_only.pl" "${files[@]}" | perl "$here/co_await_temporaries.pl"
