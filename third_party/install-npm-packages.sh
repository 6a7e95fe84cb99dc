#!/usr/bin/env bash
# Installs the npm packages of src/ui into build/npm, exactly as its package-lock.json says.
# Nothing is done, and no network needed, when they are there already.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/build/npm
wanted=$(sha256sum <"$root/src/ui/package-lock.json")

say() { printf '    %s\n' "$*"; }

if [ -d "$target/node_modules" ] && [ "$(cat "$target/installed" 2>/dev/null)" = "$wanted" ]; then
  say "the npm packages are installed"
  exit
fi
"$root/third_party/install-packages.sh" npm

start=$SECONDS
mkdir -p "$target"
rm -f "$target/installed"
cp "$root/src/ui/package.json" "$root/src/ui/package-lock.json" "$target/"
# Scripts of packages are not run; what npm would install beside them (React for Redoc's source) is not needed.
if ! (cd "$target" && npm ci --omit=peer --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
    --cache "$target/cache" --prefer-offline); then
  {
    printf '\n*** npm could not install the API pages (swagger-ui-dist, redoc).\n'
    printf '    The reason stands above. Usual remedies:\n'
    printf '      no network, or a proxy: npm config set proxy http://host:port (and https-proxy), then try again\n'
    printf '      a registry of your own: npm config set registry https://...\n'
  } >&2
  exit 1
fi
printf '%s\n' "$wanted" >"$target/installed"
say "installed in $((SECONDS - start)) s"
