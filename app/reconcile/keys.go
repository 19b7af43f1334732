package reconcile

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxKey is the longest value, in bytes, that is compared at all, before and
// after normalising. A longer one matches nothing: cutting it could make two
// different values alike, and one of an account that was cut is longer.
const MaxKey = 1000

// Normalise brings a value to the form in which it is compared: without
// surrounding space, NFKC, case folded. It returns "" for what must not match
// anything: an empty value, one over [MaxKey], invalid UTF-8.
func Normalise(s string) string {
	if len(s) > MaxKey {
		return ""
	}
	if lower, ok := ascii(s); ok {
		return lower
	}
	if !utf8.ValidString(s) {
		return ""
	}
	s = strings.TrimSpace(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))))
	if len(s) > MaxKey {
		return ""
	}
	return s
}

// ascii is the quick way for nearly every value there is.
func ascii(s string) (string, bool) {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(strings.TrimSpace(s)), true
}

// Key is one normalised value that one rule compares. Account and person
// match where both fields are equal.
type Key struct {
	Rule  Rule
	Value string // never empty
}

// Keys returns what the rules compare of an account, in rank order without
// repeats.
func Keys(a Account) []Key {
	keys := appendKey(nil, RuleExternalID, a.ExternalID)
	for _, e := range a.Emails {
		keys = appendEmail(keys, RuleEmail, e)
	}
	return distinct(appendKey(keys, RuleUserName, a.UserName))
}

// PersonKeys returns what the rules compare of a person, in rank order
// without repeats.
func PersonKeys(p Person) []Key {
	keys := appendKey(nil, RuleExternalID, p.Number)
	for _, e := range p.Emails {
		keys = appendEmail(keys, RuleEmail, e)
	}
	for _, e := range p.Emails {
		keys = appendEmail(keys, RuleUserName, e)
	}
	return distinct(appendKey(keys, RuleUserName, p.UserName))
}

// appendEmail leaves out values that are no address: a column full of "n/a"
// must not link accounts to people.
func appendEmail(keys []Key, r Rule, s string) []Key {
	if !strings.Contains(s, "@") && !strings.Contains(Normalise(s), "@") {
		return keys
	}
	return appendKey(keys, r, s)
}

func appendKey(keys []Key, r Rule, s string) []Key {
	if v := Normalise(s); !IsBlank(v) {
		return append(keys, Key{r, v})
	}
	return keys
}

// distinct takes repeats out and keeps the order. A server may send any number
// of addresses, so the time must not grow with their square.
func distinct(keys []Key) []Key {
	const few = 16
	if len(keys) <= few {
		for i := len(keys) - 1; i > 0; i-- {
			if slices.Contains(keys[:i], keys[i]) {
				keys = slices.Delete(keys, i, i+1)
			}
		}
		return keys
	}
	seen := make(map[Key]bool, len(keys))
	return slices.DeleteFunc(keys, func(k Key) bool {
		again := seen[k]
		seen[k] = true
		return again
	})
}

// blanks are what exports write where there is nothing.
var blanks = []string{"", "-", "--", "?", "n/a", "#n/a", "none", "(none)", "null", "(null)", "nil", "undefined"}

// IsBlank says whether a normalised value stands for nothing, such as "n/a".
// Such a value matches nobody.
func IsBlank(normalised string) bool { return slices.Contains(blanks, normalised) }

// rank orders rules, strongest first; an unknown rule comes last.
func rank(r Rule) int {
	order := [...]Rule{RuleLink, RuleExternalID, RuleEmail, RuleUserName, RuleFormerLink, RuleFormerNumber}
	if i := slices.Index(order[:], r); i >= 0 {
		return i
	}
	return len(order)
}
