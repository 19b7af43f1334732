package cli

import (
	"strings"

	"github.com/rivo/uniseg"
)

// table is aligned text in columns. On a terminal its flexible columns give way
// until a line fits; elsewhere nothing is cut.
type table struct {
	head  []string
	right []bool // columns of numbers
	flex  []bool // columns that may be cut
	rows  [][]string
}

// newTable makes a table; a head that starts with > aligns to the right, one
// that starts with ~ may be cut.
func newTable(head ...string) *table {
	t := &table{right: make([]bool, len(head)), flex: make([]bool, len(head))}
	for i, h := range head {
		t.right[i], t.flex[i] = strings.HasPrefix(h, ">"), strings.HasPrefix(h, "~")
		t.head = append(t.head, strings.TrimLeft(h, ">~"))
	}
	return t
}

func (t *table) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = visible(c)
	}
	t.rows = append(t.rows, safe)
}

const (
	gap       = "  "
	minColumn = 10 // a flexible column keeps this width
)

func (s *session) table(t *table) {
	if len(t.rows) == 0 {
		return
	}
	widths := t.fit(s.look.width)
	s.printf("%s\n", s.look.strong(t.line(t.head, widths)))
	for _, r := range t.rows {
		s.printf("%s\n", trusted(t.line(r, widths)))
	}
}

// fit measures the columns and shrinks the widest flexible one, again and
// again, until a line fits in total columns; 0 shrinks nothing.
func (t *table) fit(total int) []int {
	widths := make([]int, len(t.head))
	for _, r := range append([][]string{t.head}, t.rows...) {
		for i, c := range r {
			widths[i] = max(widths[i], uniseg.StringWidth(c))
		}
	}
	for excess := t.width(widths) - total; total > 0 && excess > 0; excess-- {
		widest := -1
		for i, w := range widths {
			if t.flex[i] && w > minColumn && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

func (t *table) width(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

func (t *table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		c = shorten(c, widths[i])
		pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(c))
		switch {
		case t.right[i]:
			b.WriteString(pad + c)
		case i == len(cells)-1:
			b.WriteString(c)
		default:
			b.WriteString(c + pad)
		}
		if i < len(cells)-1 {
			b.WriteString(gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// shorten cuts text to a width in columns, between grapheme clusters.
func shorten(text string, width int) string {
	if uniseg.StringWidth(text) <= width {
		return text
	}
	var b strings.Builder
	used, state := 0, -1
	for text != "" {
		var cluster string
		var w int
		cluster, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		if used+w > width-1 {
			break
		}
		b.WriteString(cluster)
		used += w
	}
	return b.String() + "…"
}
