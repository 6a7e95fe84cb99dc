#!/usr/bin/env bash
# Every file with tests is built: its folder is one that tests/CMakeLists.txt collects, or has a CMakeLists.txt of its own.
# usage: registration.sh ROOT
set -euo pipefail
cd "$1"
collected=" $(sed -n 's/^foreach(room \(.*\))$/\1/p' tests/CMakeLists.txt) "
added=" $(sed -nE 's/^ *(set\(|list\(APPEND )folders (.*)\)$/\2/p' tests/CMakeLists.txt | tr '\n' ' ')"
bad=0
refuse() {
  echo "$1"
  bad=1
}
while IFS= read -r file; do
  folder=${file#tests/}
  if [ "$folder" = "${folder%%/*}" ]; then
    refuse "$file:1: lies in tests/ itself, where nothing is collected: put it into tests/<room>/"
    continue
  fi
  folder=${folder%%/*}
  if [[ $collected == *" $folder "* ]]; then
    if [ ! -d "src/$folder" ]; then refuse "$file:1: there is no room src/$folder"; fi
  elif [[ $added != *" $folder "* ]]; then
    refuse "$file:1: tests/CMakeLists.txt does not know tests/$folder"
  elif ! grep -qsE "(GLOB|recado_tests|$(basename "$file"))" "tests/$folder/CMakeLists.txt"; then
    refuse "$file:1: tests/$folder/CMakeLists.txt does not name it"
  fi
  case $file in *_test.cpp | *_redistest.cpp | *_e2etest.cpp | *_property.cpp) ;; *)
    refuse "$file:1: has tests, so its name ends in _test, _redistest, _e2etest or _property"
    ;;
  esac
done < <(grep -rlE '^[[:space:]]*(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(' tests --include='*.cpp' | sort)
exit $bad
