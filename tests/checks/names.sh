#!/usr/bin/env bash
# Names that say nothing are refused, for files and for types; long files are told of.
# usage: names.sh ROOT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
bad=0
mapfile -t files < <(find src tests \( -name '*.cpp' -o -name '*.hpp' -o -name '*.lua' \) | sort)
[ ${#files[@]} -gt 0 ] || exit 0

for file in "${files[@]}"; do
  name=$(basename "${file%.*}")
  # A service manager is what systemd is.
  if [[ $name =~ (^|_)(util|utils|common|helper|helpers|manager|misc|stuff)(_|$) && $name != service_manager || $name =~ ^(data|info|process|handle)$ ]]; then
    echo "$file:1: '$name' does not say what is in it"
    bad=1
  fi
  if [[ $name =~ [A-Z] ]]; then
    echo "$file:1: file names are snake_case"
    bad=1
  fi
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 500 ] && [[ $file == src/* ]]; then
    echo "note: $file has $lines lines: has it one subject?"
  fi
done

while IFS=: read -r file line text; do
  echo "$file:$line:$text"
  echo "    such a name does not say what the thing is"
  bad=1
done < <(perl "$here/code_only.pl" "${files[@]}" |
  grep -P '\b(class|struct|enum class|namespace|concept)\s+(?!ServiceManager\b)(\w*(Util|Utils|Helper|Helpers|Manager|Common|Impl_)|Data|Info|util|utils|helpers?|common|misc)\b' || true)
exit $bad
