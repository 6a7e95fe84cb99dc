#!/usr/bin/env bash
# Fetches the providers' published OpenAPI documents that tests compare our requests with, from npm packages, below
# build/npm-test. Of a package only the document is unpacked: nothing of it is installed or run.
# Nothing is done, and no network needed, when they are there already.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/build/npm-test

# Twilio publishes its documents in no package of their own; this one of Twilio's carries them (MIT).
package=@twilio-alpha/mcp@0.7.0
integrity='sha512-YsUde1pMXwqHm8Cvq9JdtsyvclVCC/f/V+FmxTNN04u5Qt5aapkbQgcfqBYQ0xcmvATBNswgPDo3MPVaCtZK8Q=='
document=twilio_api_v2010.json

say() { printf '    %s\n' "$*"; }

if [ "$(cat "$target/installed" 2>/dev/null)" = "$integrity" ] && [ -s "$target/$document" ]; then
  say "the providers' API documents are there"
  exit
fi
"$root/third_party/install-packages.sh" npm
mkdir -p "$target"
rm -f "$target/installed"
archive=$(cd "$target" && npm pack "$package" --ignore-scripts --no-update-notifier --cache "$target/cache" \
  --prefer-offline 2>/dev/null) || {
  printf '\n*** npm could not fetch %s: is there a network, and a registry it may use?\n' "$package" >&2
  exit 1
}
found=sha512-$(openssl dgst -sha512 -binary "$target/$archive" | openssl base64 -A)
if [ "$found" != "$integrity" ]; then
  printf '\n*** %s is not what was tested with: %s instead of %s\n' "$package" "$found" "$integrity" >&2
  exit 1
fi
tar -xzf "$target/$archive" -C "$target" --strip-components=4 "package/twilio-oai/spec/json/$document"
rm -f "$target/$archive"
printf '%s\n' "$integrity" >"$target/installed"
say "fetched"
