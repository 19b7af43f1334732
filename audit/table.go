package audit

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

const tableHead = "seq,time,type,actor,tenant,target,ticket,data\r\n"

// The formats of packs. They differ in the cells of entries.csv only; a
// verifier knows all of them for ever, and new packs are of the latest.
const (
	packV1 = 1 // cells keep control and invisible characters as they are
	packV2 = 2 // cells show them as escapes
)

// tableRows writes entries.csv in the format of one kind of pack.
type tableRows struct {
	cell func(string) string
}

func rowsOf(format int) tableRows {
	if format == packV1 {
		return tableRows{cellV1}
	}
	return tableRows{cell}
}

// row writes one line: RFC 4180, lines end with CR LF, a field is quoted only
// where it must be.
func (t tableRows) row(w io.Writer, s Stored) error {
	data, err := s.openedData(0)
	if err != nil {
		return err
	}
	fields := []string{strconv.FormatInt(s.Seq, 10), s.Time.Format(timeForm), s.Type, shown(s.Actor),
		s.Tenant, shown(s.Target), s.Ticket, string(data)}
	for i, f := range fields {
		fields[i] = t.cell(f)
	}
	_, err = io.WriteString(w, strings.Join(fields, ",")+"\r\n")
	return err
}

func shown(p Personal) string {
	if p.Erased() {
		return "(erased)"
	}
	return p.Value()
}

// formula are the characters that make a table program calculate.
const formula = "=+-@＝＋－＠"

// cell makes text safe for a table program and for whoever reads it: what acts
// or shows nothing is written as JSON escapes it, so that JSON stays the same
// JSON, and what would be read as a formula gets an apostrophe in front.
func cell(s string) string {
	s = escapeUnseen(strings.ToValidUTF8(s, "\uFFFD"))
	if first := strings.TrimLeft(s, " \u00a0"); first != "" && strings.ContainsRune(formula, []rune(first[:min(len(first), 4)])[0]) {
		s = "'" + s
	}
	if strings.ContainsAny(s, "\",") {
		s = quoteCell(s)
	}
	return s
}

func quoteCell(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func escapeUnseen(s string) string {
	if strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !unseen(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// unseenRanges are part of the format (docs/record-format.md, section 6.4), and
// so they do not follow the tables of a Unicode version: controls, what turns
// the reading direction, and what shows as nothing.
var unseenRanges = [...][2]rune{
	{0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160},
	{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
	{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x13430, 0x1345f}, {0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

func unseen(r rune) bool {
	for _, in := range unseenRanges {
		if r <= in[1] {
			return r >= in[0]
		}
	}
	return false
}

// cellV1 is the cell of packs of version 1.
func cellV1(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if first := strings.TrimLeft(s, " \t\r\n\v\f\u00a0\ufeff"); first != "" && strings.ContainsRune(formula, []rune(first)[0]) {
		s = "'" + s
	} else if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	if strings.ContainsAny(s, "\",\r\n") {
		s = quoteCell(s)
	}
	return s
}
