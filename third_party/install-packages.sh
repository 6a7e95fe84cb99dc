#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing else.
#
#   third_party/install-packages.sh PURPOSE...      build run test lint fuzz bench npm, as in packages.txt
#
# RECADO_SKIP_PACKAGES=1 skips it (for machines that are provided for in another way).
# Installing redis-server starts no system Redis and enables none: recado runs a private one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
policy=/usr/sbin/policy-rc.d
mark="Written by Recado's install-packages.sh"

say() { printf '    %s\n' "$*"; }
fail() {
  printf '\n*** %s\n' "$1" >&2
  shift
  printf '    %s\n' "$@" >&2
  exit 1
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The lines of packages.txt for these purposes of which no alternative is installed.
missing() {
  local purpose choices choice
  for purpose in "$@"; do
    if [ "$purpose" = npm ] && command -v npm >/dev/null; then continue; fi
    while read -r choices; do
      for choice in ${choices//|/ }; do
        if installed "$choice"; then continue 2; fi
      done
      printf '%s\n' "$choices"
    done < <(awk -v purpose="$purpose" '$1 == purpose {print $2}' "$here/packages.txt")
  done
}

# --- as root -----------------------------------------------------------------------------------------------------

remove_policy() {
  if grep -qs "$mark" "$policy"; then rm -f "$policy"; fi
}

# While redis-server is being installed, its package is told not to start it. A policy of the machine's own stays.
forbid_redis_start() {
  remove_policy  # one that a killed run left behind
  local draft
  draft=$(mktemp "$policy.XXXXXX")
  cat >"$draft" <<POLICY
#!/bin/sh
# $mark while it installs redis-server; gone when that is done.
for word; do
  case \$word in redis-server*) exit 101 ;; esac
done
exit 0
POLICY
  chmod 0755 "$draft"
  trap remove_policy EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  ln "$draft" "$policy" 2>/dev/null || say "$policy exists already and stays as it is"
  rm -f "$draft"
}

# The package enables its service for the next boot, and starts it where a policy of the machine's own allows that.
leave_no_system_redis() {
  if [ -d /run/systemd/system ]; then
    systemctl disable --now redis-server.service >/dev/null 2>&1 || true
  else
    service redis-server stop >/dev/null 2>&1 || true
    deb-systemd-helper disable redis-server.service >/dev/null 2>&1 || true
    update-rc.d redis-server disable >/dev/null 2>&1 || true
  fi
  say "redis-server is installed but not enabled: recado starts a private one of its own"
}

install_as_root() {
  local -a apt=(apt-get -q -o DPkg::Lock::Timeout=120) packages=()
  local choices choice guard=no
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update || say "apt-get update failed; trying with the package lists that are here"
  for choices in "$@"; do
    for choice in ${choices//|/ }; do
      if apt-cache show --no-all-versions "$choice" >/dev/null 2>&1; then break; fi
      choice=${choices%%|*}
    done
    packages+=("$choice")
    if [ "$choice" = redis-server ]; then guard=yes; fi
  done
  if [ "$guard" = yes ]; then forbid_redis_start; fi
  "${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null ||
    fail "apt-get could not install: ${packages[*]}" \
      "The reason stands above. Usual remedies:" \
      "  no network, or a proxy: export http_proxy=http://host:port and try again" \
      "  a package is not found: main and updates of bookworm must be in /etc/apt/sources.list" \
      "  an interrupted dpkg: dpkg --configure -a; apt-get -f install"
  if [ "$guard" = yes ]; then leave_no_system_redis; fi
}

if [ "${1-}" = --as-root ]; then
  shift
  install_as_root "$@"
  exit
fi

# --- as anybody --------------------------------------------------------------------------------------------------

[ $# -gt 0 ] || fail "no purpose given" "usage: third_party/install-packages.sh build|run|test|lint|fuzz|bench|npm ..."
for purpose in "$@"; do
  grep -q "^$purpose " "$here/packages.txt" || fail "unknown purpose '$purpose'" "known: build run test lint fuzz bench npm"
done
if [ -n "${RECADO_SKIP_PACKAGES-}" ]; then
  say "RECADO_SKIP_PACKAGES is set: not looking for packages"
  exit
fi

id=unknown version=0 name="this system"
if [ -r /etc/os-release ]; then
  # shellcheck source=/dev/null
  id=$(. /etc/os-release && echo "${ID-}")
  # shellcheck source=/dev/null
  version=$(. /etc/os-release && echo "${VERSION_ID:-99}")  # testing and unstable have none
  # shellcheck source=/dev/null
  name=$(. /etc/os-release && echo "${PRETTY_NAME-}")
fi
if [ "$id" != debian ] || [ "${version%%.*}" -lt 12 ] || ! command -v dpkg-query >/dev/null; then
  fail "Recado builds on Debian 12 or later; this is $name." \
    "With Docker it runs anywhere:    docker build -t recado .   (see Dockerfile)" \
    "Or install what third_party/packages.txt lists, then:    RECADO_SKIP_PACKAGES=1 make"
fi

mapfile -t wanted < <(missing "$@")
if [ ${#wanted[@]} -eq 0 ]; then
  say "all packages for $* are installed"
  exit
fi
say "missing: ${wanted[*]%%|*}"

start=$SECONDS
if [ "$(id -u)" = 0 ]; then
  bash "${BASH_SOURCE[0]}" --as-root "${wanted[@]}"
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  say "installing them with sudo"
  # sudo drops the environment; apt needs the proxies.
  sudo env ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    ${no_proxy:+"no_proxy=$no_proxy"} bash "${BASH_SOURCE[0]}" --as-root "${wanted[@]}"
else
  note="Then run the same command again."
  if [[ " ${wanted[*]} " == *" redis-server "* ]]; then
    note="redis-server's package starts a system Redis, which Recado does not need: systemctl disable --now redis-server. $note"
  fi
  fail "Packages are missing, and installing them needs root (you are $(id -un), and sudo is not at hand)." \
    "As root:    apt-get update && apt-get install --no-install-recommends ${wanted[*]%%|*}" \
    "$note"
fi

mapfile -t wanted < <(missing "$@")
[ ${#wanted[@]} -eq 0 ] || fail "still missing after the installation: ${wanted[*]}" "See what apt-get says above."
say "installed in $((SECONDS - start)) s"
