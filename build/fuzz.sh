#!/bin/bash
# Runs every fuzzer for a time, one after the other, with one worker.
set -euo pipefail

time=$1
go list -f '{{.Dir}} {{join .TestGoFiles " "}} {{join .XTestGoFiles " "}}' ./... | while read -r dir files; do
	for file in $files; do
		sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$dir/$file"
	done | while read -r name; do
		echo "$name in ${dir#"$PWD"/}"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -parallel 1 "$dir" </dev/null | { grep -v '^fuzz: elapsed' || true; }
	done
done
