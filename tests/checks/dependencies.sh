#!/usr/bin/env bash
# third_party/README.md, packages.txt, the image and the npm locks agree; the locks name no registry.
# usage: dependencies.sh ROOT
set -euo pipefail
cd "$1"
bad=0
refuse() {
  echo "$1"
  bad=1
}
while read -r purpose choices; do
  grep -qF "\`${choices%%|*}\`" third_party/README.md ||
    refuse "third_party/README.md:1: has no row for \`${choices%%|*}\` ($purpose)"
done < <(grep -vE '^(#|$)' third_party/packages.txt)

for folder in src/ui bench/peers/bullmq; do
  [ -f "$folder/package.json" ] || continue
  if grep -nE '"resolved":' "$folder/package-lock.json"; then
    refuse "$folder/package-lock.json: names a registry: npm install --package-lock-only --omit-lockfile-registry-resolved"
  fi
  while IFS=$'\t' read -r package version; do
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || refuse "$folder/package.json: $package is not pinned to one version ($version)"
    grep -qF "\`$package\` $version" third_party/README.md || refuse "third_party/README.md:1: has no row for \`$package\` $version"
  done < <(perl -0ne 'while (/"(?:devD|d)ependencies":\s*\{([^}]*)\}/g) { my $d = $1; print "$1\t$2\n" while $d =~ /"([^"]+)":\s*"([^"]+)"/g }' \
    "$folder/package.json")
done

# What the image copies is there.
while read -r sources; do
  for source in $sources; do
    [ -e "$source" ] || refuse "Dockerfile: COPY of $source, which is not in the tree"
  done
done < <(sed -nE '/^COPY --from/d; s/^COPY (.*) [^ ]+$/\1/p' Dockerfile)
exit $bad
