#!/usr/bin/env bash
# Runs make targets one after the other and stops at the first that fails. Each
# has its output in build/cache/log/STAGE.log; what failed is printed whole. At
# the end stand Go's own words about the packages and the time of each stage.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=build/cache/log
rm -rf "$logs"
mkdir -p "$logs"
times=()

summary() {
	local log
	for log in "$logs"/*.log; do
		grep -hE '^(ok|FAIL|\?)\s|^(--- FAIL|# (pass|fail) )' "$log" | sed "s|^|$(basename "$log" .log): |"
	done
	printf '\n'
	printf '%s\n' "${times[@]}"
	printf '%-12s %4d s\n' "in all" "$SECONDS"
}

for stage in "$@"; do
	printf '%-12s ' "$stage"
	began=$SECONDS
	if "${MAKE:-make}" --no-print-directory "$stage" >"$logs/$stage.log" 2>&1; then
		took=$((SECONDS - began))
		printf 'ok   %4d s\n' "$took"
		times+=("$(printf '%-12s %4d s' "$stage" "$took")")
		continue
	fi
	took=$((SECONDS - began))
	printf 'FAILED after %d s\n\n' "$took"
	cat "$logs/$stage.log"
	times+=("$(printf '%-12s %4d s   FAILED' "$stage" "$took")")
	summary
	exit 1
done
summary
