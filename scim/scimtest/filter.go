package scimtest

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

var errFilter = errors.New("the filter is not understood")

// expression is one comparison; conjunctions with "and" are split before.
var expression = regexp.MustCompile(`(?i)^\s*([a-z0-9.:_-]+)\s+(eq|ne|co|sw|ew|pr)(?:\s+("(?:[^"\\]|\\.)*"|true|false))?\s*$`)

// values looks an attribute up; exact tells whether case matters.
type values func(attribute string) (all []string, exact bool)

// filter compiles comparisons joined by "and" (RFC 7644 section 3.4.2.2); nil
// lets everything through.
func filter(text string, k Quirks) (func(values) bool, error) {
	if text == "" || k.IgnoreFilter {
		return nil, nil
	}
	var tests []func(values) bool
	for _, part := range splitAnd(text) {
		t, err := comparison(part, k)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return func(v values) bool {
		for _, t := range tests {
			if !t(v) {
				return false
			}
		}
		return true
	}, nil
}

// splitAnd cuts at "and" outside of strings.
func splitAnd(s string) []string {
	var parts []string
	inside, last := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && inside:
			i++
		case s[i] == '"':
			inside = !inside
		case !inside && i+5 <= len(s) && strings.EqualFold(s[i:i+5], " and "):
			parts = append(parts, s[last:i])
			last = i + 5
		}
	}
	return append(parts, s[last:])
}

func comparison(text string, k Quirks) (func(values) bool, error) {
	m := expression.FindStringSubmatch(text)
	if m == nil {
		return nil, errFilter
	}
	attribute, op, want := strings.ToLower(m[1]), strings.ToLower(m[2]), m[3]
	if (op == "pr") != (want == "") {
		return nil, errFilter
	}
	if strings.HasPrefix(want, `"`) {
		if err := json.Unmarshal([]byte(m[3]), &want); err != nil {
			return nil, errFilter
		}
	}
	if i := strings.LastIndex(attribute, ":"); i >= 0 {
		attribute = attribute[i+1:]
	}
	return func(v values) bool {
		have, exact := v(attribute)
		if op == "pr" {
			return len(have) > 0
		}
		if op == "ne" {
			return !matches(have, want, "eq", exact || k.CaseSensitive)
		}
		return matches(have, want, op, exact || k.CaseSensitive)
	}, nil
}

func matches(have []string, want, op string, exact bool) bool {
	if !exact {
		want = strings.ToLower(want)
	}
	for _, h := range have {
		if !exact {
			h = strings.ToLower(h)
		}
		if op == "eq" && h == want || op == "co" && strings.Contains(h, want) ||
			op == "sw" && strings.HasPrefix(h, want) || op == "ew" && strings.HasSuffix(h, want) {
			return true
		}
	}
	return false
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func userValue(u *User) values {
	return func(attribute string) ([]string, bool) {
		switch attribute {
		case "id":
			return some(u.ID), true
		case "externalid":
			return some(u.ExternalID), true
		case "username":
			return some(u.UserName), false
		case "displayname":
			return some(u.DisplayName), false
		case "emails", "emails.value":
			return u.Emails, false
		case "active":
			return some(strconv.FormatBool(u.Active)), false
		}
		return nil, false
	}
}

func groupValue(g *Group) values {
	return func(attribute string) ([]string, bool) {
		switch attribute {
		case "id":
			return some(g.ID), true
		case "externalid":
			return some(g.ExternalID), true
		case "displayname":
			return some(g.DisplayName), false
		case "members", "members.value":
			return g.Members, true
		}
		return nil, false
	}
}
