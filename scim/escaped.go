package scim

import (
	"bytes"
	"cmp"
	"slices"
)

// mostEscaped is how many times over a text is percent-decoded: an address in an
// address in an address.
const mostEscaped = 3

// unescaped is a text as it stands after percent-decoding, with the place of each
// byte in the original where somebody asks for that; at has one more, its end.
type unescaped struct {
	text []byte
	at   []int
}

// again decodes once more; false where there is nothing to decode.
func (u unescaped) again() (unescaped, bool) {
	if bytes.IndexByte(u.text, '%') < 0 {
		return u, false
	}
	v := unescaped{text: make([]byte, 0, len(u.text))}
	for i := 0; i < len(u.text); i++ {
		if u.at != nil {
			v.at = append(v.at, u.at[i])
		}
		if c, ok := unhexed(u.text[i:]); ok {
			v.text = append(v.text, c)
			i += 2
			continue
		}
		v.text = append(v.text, u.text[i])
	}
	if u.at != nil {
		v.at = append(v.at, u.at[len(u.text)])
	}
	return v, len(v.text) < len(u.text)
}

// unhexed reads %2F or %2f at the start of b.
func unhexed(b []byte) (byte, bool) {
	if len(b) < 3 || b[0] != '%' {
		return 0, false
	}
	high, low := hexDigit(b[1]), hexDigit(b[2])
	return high<<4 | low, high < 16 && low < 16
}

func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}

// holdsSecret tells whether secretsIn finds any.
func holdsSecret(s []byte, secrets []string) bool {
	u, more := unescaped{text: s}, true
	for range mostEscaped + 1 {
		if slices.ContainsFunc(secrets, func(secret string) bool { return secret != "" && bytes.Contains(u.text, []byte(secret)) }) {
			return true
		}
		if u, more = u.again(); !more {
			break
		}
	}
	return false
}

// secretsIn finds where secrets stand in a text, however it is percent-encoded, as
// ranges of it in order.
func secretsIn(s []byte, secrets []string) (found [][2]int) {
	u, more := unescaped{text: s, at: make([]int, len(s)+1)}, true
	for i := range u.at {
		u.at[i] = i
	}
	for range mostEscaped + 1 {
		for _, secret := range secrets {
			for from := 0; secret != ""; {
				i := bytes.Index(u.text[from:], []byte(secret))
				if i < 0 {
					break
				}
				low, high := from+i, from+i+len(secret)
				from = high
				found = append(found, [2]int{u.at[low], u.at[high]})
			}
		}
		if u, more = u.again(); !more {
			break
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], b[1]-a[1]) })
	return found
}

// without is a text with a word in place of each secret.
func without(s string, secrets []string, word string) string {
	var b bytes.Buffer
	end := 0
	for _, r := range secretsIn([]byte(s), secrets) {
		if r[0] >= end {
			b.WriteString(s[end:r[0]] + word)
		}
		end = max(end, r[1])
	}
	return b.String() + s[end:]
}
