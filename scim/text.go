package scim

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDetail = 300 // runes of a server's words that an error shows
	ellipsis  = "…"
)

// isControl tells whether r is a C0 or C1 control character or DEL.
func isControl(r rune) bool { return r < 0x20 || 0x7f <= r && r < 0xa0 }

// clean makes a server's text fit for one line of a terminal or page: control
// characters, terminal escapes, bidirectional overrides and invisible
// characters become spaces, runs of space collapse, and at most max runes stay.
func clean(s string, max int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
			n++
		}
		if n++; n > max {
			return strings.TrimRight(b.String(), " ") + ellipsis
		}
		b.WriteRune(r)
	}
	return b.String()
}

// words are a server's own, cleaned and without the credential; a web page
// gives none.
func (c *Client) words(s string) string {
	if len(s) > maxErrorBody {
		s = s[:maxErrorBody]
	}
	if looksHTML([]byte(s)) {
		return ""
	}
	s = clean(s, utf8.RuneCountInString(s))
	return clean(without(s, c.secrets(), "[credential]"), maxDetail)
}

// secrets are the spellings of the credential that a server could echo, apart from
// how it escapes them.
func (c *Client) secrets() (all []string) {
	add := func(s string) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	_, value, _ := strings.Cut(c.authValue, " ")
	for _, s := range []string{c.authValue, c.cfg.Auth.Secret, cmp.Or(value, c.authValue)} {
		add(s)
		add(clean(s, len(s)))
		add(strings.ReplaceAll(s, " ", "+")) // as in a query
	}
	return all
}

// looksHTML tells whether a body is a web page or holds one.
func looksHTML(b []byte) bool {
	s := strings.ToLower(string(b[:min(len(b), 4096)]))
	if strings.HasPrefix(strings.TrimLeft(s, "\ufeff \t\r\n"), "<") {
		return true
	}
	for _, tag := range []string{"<html", "<!doctype", "<head", "<body", "<script"} {
		if strings.Contains(s, tag) {
			return true
		}
	}
	return false
}
