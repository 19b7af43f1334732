#!/usr/bin/env bash
# Installs what the named groups need and this machine lacks, from Debian's or
# Ubuntu's packages. Says nothing and is done at once where nothing is missing.
#
#   build/setup.sh GROUP...
#
#   window    compile the window: GTK, WebKitGTK, a C compiler
#   display   open it without a screen and photograph it
#   browser   Chromium for the page tests; CHROME names another one
#   keychain  a real keychain for its tests
#   race      a C compiler, which the race detector needs
#   test      all of these
set -euo pipefail

[ "$(uname -s)" = Linux ] || exit 0

missing=()
need() { # PACKAGE COMMAND...: the command tells whether the package's job is done
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

has_browser() {
	if [ -n "${CHROME:-}" ]; then
		[ -x "$CHROME" ]
		return
	fi
	local name
	for name in chromium google-chrome google-chrome-stable; do
		command -v "$name" && return
	done
	return 1
}

# Ubuntu's chromium package only points to a snap, which starts in no container
# and cannot read the tests' folders.
browser_package() {
	if has_browser >/dev/null; then
		return
	fi
	if [ -n "${CHROME:-}" ]; then
		echo "CHROME is $CHROME, which cannot be started." >&2
		exit 1
	fi
	if grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; then
		echo "Ubuntu has Chromium only as a snap, which these tests cannot use." >&2
		echo "Install another Chromium or Chrome and name it: make test CHROME=/path/to/it" >&2
		exit 1
	fi
	missing+=(chromium)
}

compiler() {
	need gcc command -v gcc
	need libc6-dev test -e /usr/include/stdlib.h
}

group() {
	case $1 in
	window)
		compiler
		need pkg-config command -v pkg-config
		need libgtk-3-dev pkg-config --exists gtk+-3.0
		need libwebkit2gtk-4.1-dev pkg-config --exists webkit2gtk-4.1
		;;
	display)
		need xvfb command -v Xvfb
		need xdotool command -v xdotool
		need imagemagick command -v import
		;;
	browser) browser_package ;;
	keychain)
		need dbus command -v dbus-run-session
		need gnome-keyring command -v gnome-keyring-daemon
		;;
	race) compiler ;;
	test) for g in window display browser keychain race; do group "$g"; done ;;
	*)
		echo "build/setup.sh: no group $1" >&2
		exit 2
		;;
	esac
}

for g in "$@"; do group "$g"; done
[ ${#missing[@]} -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

if ! command -v apt-get >/dev/null; then
	echo "This machine lacks what these Debian packages hold; install the like of them: ${missing[*]}" >&2
	exit 1
fi
sudo=()
if [ "$(id -u)" != 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "Missing packages. Run this line, then try again:" >&2
		echo "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
		exit 1
	fi
	sudo=(sudo)
fi

fetch() {
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "${missing[@]}"
}
echo "Installing ${missing[*]}"
# A fresh machine has no package lists, or old ones.
fetch || { "${sudo[@]}" apt-get update -q && fetch; }
