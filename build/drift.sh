#!/usr/bin/env bash
# Generates the Go of templates and queries again and fails where that changes a
# file: what is committed is then not what the sources say. The tree has the new
# files afterwards.
set -euo pipefail
tools=$1

generated() { find frontend -maxdepth 1 -name '*_templ.go'; find db/recordq db/storeq -name '*.go'; }
state() { generated | sort | xargs -r sha256sum; }

before=$(state)
(cd frontend && "../$tools/templ" generate -log-level error)
"$tools/sqlc" generate
if ! diff <(printf '%s\n' "$before") <(state); then
	echo "Generated code did not fit its sources. It does now: look at it and commit it."
	exit 1
fi

# A template or query that went away leaves its Go behind.
status=0
for file in $(generated); do
	case $file in
	*_templ.go) source=${file%_templ.go}.templ ;;
	*/recordq/*.sql.go) source=db/query/record/$(basename "$file" .go) ;;
	*/storeq/*.sql.go) source=db/query/store/$(basename "$file" .go) ;;
	*) continue ;;
	esac
	if [ ! -e "$source" ]; then
		echo "$file has no source $source: remove it."
		status=1
	fi
done
exit $status
