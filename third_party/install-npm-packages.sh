#!/usr/bin/env bash
# Installs npm packages below build/, exactly as their package-lock.json says: those of the API pages (src/ui, into
# build/npm), or with `bench` those that `make bench` measures (bench/peers/bullmq, into build/npm-bench).
# Nothing is done, and no network needed, when they are there already.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Of the API pages, what npm would install beside them (React for Redoc's source) is not needed.
source=src/ui target=$root/build/npm what="the API pages (swagger-ui-dist, redoc)" omit=(--omit=peer --omit=optional)
if [ "${1-}" = bench ]; then
  source=bench/peers/bullmq target=$root/build/npm-bench what="what Recado is measured against (bullmq)" omit=()
fi
wanted=$(sha256sum <"$root/$source/package-lock.json")

say() { printf '    %s\n' "$*"; }

if [ -d "$target/node_modules" ] && [ "$(cat "$target/installed" 2>/dev/null)" = "$wanted" ]; then
  say "the npm packages are installed"
  exit
fi
"$root/third_party/install-packages.sh" npm

start=$SECONDS
mkdir -p "$target"
rm -f "$target/installed"
cp "$root/$source/package.json" "$root/$source/package-lock.json" "$target/"
# Scripts of packages are not run.
if ! (cd "$target" && npm ci "${omit[@]}" --ignore-scripts --no-audit --no-fund --no-update-notifier \
    --cache "$target/cache" --prefer-offline); then
  {
    printf '\n*** npm could not install %s.\n' "$what"
    printf '    The reason stands above. Usual remedies:\n'
    printf '      no network, or a proxy: npm config set proxy http://host:port (and https-proxy), then try again\n'
    printf '      a registry of your own: npm config set registry https://...\n'
  } >&2
  exit 1
fi
printf '%s\n' "$wanted" >"$target/installed"
say "installed in $((SECONDS - start)) s"
