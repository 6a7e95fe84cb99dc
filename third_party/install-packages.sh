#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing else.
#
#   third_party/install-packages.sh PURPOSE...      build run test lint fuzz bench npm, as in packages.txt
#
# RECADO_SKIP_PACKAGES=1 skips it (for machines that are provided for in another way).
# Installing redis-server starts no system Redis and enables none: recado runs a private one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unpacked=$here/../build/packages
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

# What packages.txt says to unpack for these purposes, and is not unpacked yet.
not_unpacked() {
  local purpose package
  for purpose in "$@"; do
    while read -r package; do
      if [ ! -e "$unpacked/$package/complete" ] && ! installed "$package"; then printf '%s\n' "$package"; fi
    done < <(awk -v purpose="$purpose-unpacked" '$1 == purpose {print $2}' "$here/packages.txt")
  done
}

# unpack PACKAGE: beside the build instead of into the system, where it would bring what conflicts with our packages.
unpack() {
  local draft
  mkdir -p "$unpacked"
  draft=$(mktemp -d "$unpacked/draft.XXXXXX")
  if (cd "$draft" && apt-get -q -o APT::Sandbox::User=root download "$1" >download.log 2>&1) &&
    dpkg-deb -x "$draft/$1"_*.deb "$draft/tree"; then
    rm -rf "${unpacked:?}/$1"
    touch "$draft/tree/complete"
    mv "$draft/tree" "$unpacked/$1"
    rm -rf "$draft"
    say "unpacked $1 below build/packages"
    return
  fi
  cat "$draft/download.log" >&2
  rm -rf "$draft"
  return 1
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
  [ ${#packages[@]} -gt 0 ] || return 0
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
mapfile -t beside < <(not_unpacked "$@")
if [ ${#wanted[@]} -eq 0 ] && [ ${#beside[@]} -eq 0 ]; then
  say "all packages for $* are installed"
  exit
fi

# With the rights that it takes, runs this script --as-root for the packages given; without any, it only updates the lists.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    bash "${BASH_SOURCE[0]}" --as-root "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    say "installing with sudo"
    # sudo drops the environment; apt needs the proxies.
    sudo env ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
      ${no_proxy:+"no_proxy=$no_proxy"} bash "${BASH_SOURCE[0]}" --as-root "$@"
  else
    return 77
  fi
}

start=$SECONDS
if [ ${#wanted[@]} -gt 0 ]; then
  say "missing: ${wanted[*]%%|*}"
  status=0
  as_root "${wanted[@]}" || status=$?
  if [ "$status" = 77 ]; then
    note="Then run the same command again."
    if [[ " ${wanted[*]} " == *" redis-server "* ]]; then
      note="redis-server's package starts a system Redis, which Recado does not need: systemctl disable --now redis-server. $note"
    fi
    fail "Packages are missing, and installing them needs root (you are $(id -un), and sudo is not at hand)." \
      "As root:    apt-get update && apt-get install --no-install-recommends ${wanted[*]%%|*}" \
      "$note"
  fi
  [ "$status" = 0 ] || exit "$status"
fi
for package in ${beside[@]+"${beside[@]}"}; do
  # Without package lists nothing can be downloaded: as on an image whose packages are all there.
  unpack "$package" || { say "once more, with new package lists"; as_root || true; unpack "$package"; } ||
    fail "$package could not be downloaded" "The reason stands above. With new lists it may go: apt-get update"
done

mapfile -t wanted < <(missing "$@")
[ ${#wanted[@]} -eq 0 ] || fail "still missing after the installation: ${wanted[*]}" "See what apt-get says above."
say "installed in $((SECONDS - start)) s"
