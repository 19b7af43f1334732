package audit

import (
	"io"
	"strconv"
	"strings"
)

const tableHead = "seq,time,type,actor,tenant,target,ticket,data\r\n"

// writeTableRow writes one line of entries.csv: RFC 4180, lines end with CR LF,
// a field is quoted only where it must be.
func writeTableRow(w io.Writer, s Stored) error {
	data, err := s.openedData(0)
	if err != nil {
		return err
	}
	fields := []string{strconv.FormatInt(s.Seq, 10), s.Time.Format(timeForm), s.Type, shown(s.Actor),
		s.Tenant, shown(s.Target), s.Ticket, string(data)}
	for i, f := range fields {
		fields[i] = cell(f)
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

// cell makes text safe for a table program: what would be read as a formula
// gets an apostrophe in front, and text that could end the cell is quoted.
func cell(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if first := strings.TrimLeft(s, " \t\r\n\v\f\u00a0\ufeff"); first != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(first)[0]) {
		s = "'" + s
	} else if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	if strings.ContainsAny(s, "\",\r\n") {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}
