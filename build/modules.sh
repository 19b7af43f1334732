#!/usr/bin/env bash
# Fails where go.mod or go.sum is not what the imports ask for.
#
# go mod tidy also wants the modules that only tests of our dependencies need,
# and not all of those can be had everywhere. With -e it goes on without them,
# ends with an error all the same, and leaves their sums out. So its exit code
# says nothing; what counts is its diff, without sums that it would take away.
set -euo pipefail

check() {
	local out
	out=$(go mod tidy -e -diff 2>build/cache/tidy.err) || true
	if [ -z "$out" ] && [ -s build/cache/tidy.err ] && grep -q 'go.mod:' build/cache/tidy.err; then
		cat build/cache/tidy.err
		return 1
	fi
	local wrong
	wrong=$(printf '%s\n' "$out" | awk '
		/^diff .*go\.sum/ { sums = 1 }
		/^diff .*go\.mod/ { sums = 0 }
		/^(---|\+\+\+) / { next }
		sums && /^\+/ { print "go.sum " $0 }
		!sums && /^[-+]/ { print "go.mod " $0 }')
	if [ -n "$wrong" ]; then
		printf '%s\n' "$wrong"
		return 1
	fi
}

mkdir -p build/cache
if ! check; then
	echo "go.mod or go.sum is not tidy: run make tidy and look at what it changed."
	exit 1
fi
go mod verify >/dev/null
