package app

import (
	"maps"
	"slices"
	"strings"
)

// mostNear is how many types an error proposes.
const mostNear = 4

// knownType refuses a type that no entry can have: a list of none would read
// as if nothing of the kind had happened. "" is every type.
func knownType(name string) error {
	if _, ok := projections[name]; ok || name == "" {
		return nil
	}
	text := "There is no type of entry " + quoted(name) + "."
	if near := nearTypes(name); len(near) > 0 {
		return &Error{Kind: KindUsage, Text: text, Do: "Did you mean " + strings.Join(near, " or ") + "?"}
	}
	return &Error{Kind: KindUsage, Text: text, Do: "The types are " + strings.Join(slices.Sorted(maps.Keys(projections)), ", ") + "."}
}

// nearTypes are the types that share a word with what was written, or differ
// from it in a few letters; the nearest first.
func nearTypes(name string) []string {
	name = strings.ToLower(name)
	if len(name) > 64 {
		return nil // longer than any type may be
	}
	far := map[string]int{}
	for known := range projections {
		d := distance(name, known)
		before, after, _ := strings.Cut(known, ".")
		if words := []string{before, after}; slices.Contains(words, name) || slices.ContainsFunc(words, func(w string) bool { return distance(name, w) == 1 }) {
			d = 1
		}
		if d <= 1+len(name)/4 {
			far[known] = d
		}
	}
	near := slices.SortedFunc(maps.Keys(far), func(a, b string) int {
		if far[a] != far[b] {
			return far[a] - far[b]
		}
		return strings.Compare(a, b)
	})
	return near[:min(len(near), mostNear)]
}

// distance is how many letters have to be put in, left out or changed to make
// one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
