package db

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrFilter says that a page was asked for with a column, comparison or value
// that its list does not offer.
var ErrFilter = errors.New("the list cannot be filtered or sorted like that")

// Kind is what a column holds.
type Kind int

// The kinds of a [Column].
const (
	Text    Kind = iota // string
	Integer             // int or int64; times are Unix milliseconds
)

// Op is a comparison.
type Op string

// The comparisons. Text is compared byte by byte, so a list that should not
// care about case offers a column that was normalised when it was stored.
const (
	Is       Op = "is"
	IsNot    Op = "is not"
	In       Op = "in" // with a []string or []int64; an empty one matches nothing
	Below    Op = "below"
	AtMost   Op = "at most"
	Above    Op = "above"
	AtLeast  Op = "at least"
	Prefix   Op = "prefix"
	Contains Op = "contains"
)

var compare = map[Op]string{
	Is: " IS ?", IsNot: " IS NOT ?", Below: " < ?", AtMost: " <= ?", Above: " > ?", AtLeast: " >= ?",
}

// Column is what a list lets a person filter or sort by.
type Column struct {
	SQL  string // a column's name in Select, written in the program
	Kind Kind
	Ops  []Op // comparisons that are offered
	Sort bool // sorting is offered
	Null bool // may be NULL, which sorts before everything else
}

// List describes a list that can be filtered, sorted and paged. Select and the
// columns' SQL are the program's own text; everything a person sends is bound
// as a value.
type List struct {
	Select  string            // SELECT … FROM …, without WHERE
	Columns map[string]Column // by the name that a person uses
	ID      string            // SQL of a column that is unique and not NULL; it ends every sort
	IDKind  Kind
}

// Filter compares a column with a value; several must all hold.
type Filter struct {
	Column string
	Op     Op
	Value  any // string, int, int64; []string or []int64 with In
}

// Sort orders by a column.
type Sort struct {
	Column string
	Desc   bool
}

// Page asks for a part of a list. After holds what the last row of the page
// before had in the sorted columns, in order, and its id; it costs the same at
// the end of a list as at its beginning.
type Page struct {
	Filters []Filter
	Sort    []Sort
	After   []any // nil: from the beginning
	Limit   int   // at least 1
}

// Bounds on what is asked for at once.
const (
	maxFilters = 32
	maxSorts   = 4
	maxIn      = 500
)

// SQL returns the statement for a page and its values, or an error that wraps
// [ErrFilter].
func (l List) SQL(p Page) (query string, args []any, err error) {
	if len(p.Filters) > maxFilters || len(p.Sort) > maxSorts || p.Limit < 1 {
		return "", nil, fmt.Errorf("%w: too much or too little at once", ErrFilter)
	}
	var b builder
	for _, f := range p.Filters {
		if err := l.filter(&b, f); err != nil {
			return "", nil, err
		}
	}
	order, err := l.order(p.Sort)
	if err != nil {
		return "", nil, err
	}
	if err := b.after(order, p.After); err != nil {
		return "", nil, err
	}
	return b.statement(l.Select, order, p.Limit), b.args, nil
}

func (l List) filter(b *builder, f Filter) error {
	c, ok := l.Columns[f.Column]
	if !ok || !slices.Contains(c.Ops, f.Op) {
		return fmt.Errorf("%w: no filter %.40q on %.40q", ErrFilter, f.Op, f.Column)
	}
	if f.Op == In {
		return b.in(c, f.Value)
	}
	v, err := c.Kind.value(f.Value)
	if err != nil {
		return err
	}
	switch f.Op {
	case Prefix:
		return b.prefix(c, v)
	case Contains:
		b.and("instr("+c.SQL+", ?) > 0", v)
	default:
		sql, ok := compare[f.Op]
		if !ok {
			return fmt.Errorf("%w: no comparison %.40q", ErrFilter, f.Op)
		}
		b.and(c.SQL+sql, v)
	}
	return nil
}

// value accepts only what the column holds, so that nothing is compared across
// types.
func (k Kind) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if k == Text {
			return v, nil
		}
	case int64:
		if k == Integer {
			return v, nil
		}
	case int:
		if k == Integer {
			return int64(v), nil
		}
	}
	return nil, fmt.Errorf("%w: a value of the wrong kind", ErrFilter)
}

// term is one column of a sort.
type term struct {
	sql  string
	kind Kind
	desc bool
	null bool
}

// order adds the id, which makes every order total.
func (l List) order(sorts []Sort) ([]term, error) {
	var out []term
	for _, s := range sorts {
		c, ok := l.Columns[s.Column]
		if !ok || !c.Sort {
			return nil, fmt.Errorf("%w: no sort by %.40q", ErrFilter, s.Column)
		}
		out = append(out, term{c.SQL, c.Kind, s.Desc, c.Null})
	}
	desc := len(out) > 0 && out[len(out)-1].desc
	return append(out, term{l.ID, l.IDKind, desc, false}), nil
}

// builder collects conditions and their values in the same order.
type builder struct {
	where []string
	args  []any
}

func (b *builder) and(cond string, args ...any) {
	b.where = append(b.where, cond)
	b.args = append(b.args, args...)
}

func (b *builder) in(c Column, v any) error {
	var values []any
	switch v := v.(type) {
	case []string:
		for _, s := range v {
			values = append(values, s)
		}
	case []int64:
		for _, n := range v {
			values = append(values, n)
		}
	default:
		return fmt.Errorf("%w: not a list of values", ErrFilter)
	}
	if len(values) > maxIn {
		return fmt.Errorf("%w: more than %d values", ErrFilter, maxIn)
	}
	for _, v := range values {
		if _, err := c.Kind.value(v); err != nil {
			return err
		}
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	b.and(c.SQL+" IN ("+marks+")", values...)
	return nil
}

// prefix is a range, which an index can serve.
func (b *builder) prefix(c Column, v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%w: a value of the wrong kind", ErrFilter)
	}
	b.and(c.SQL+" >= ?", text)
	if past, ok := pastPrefix(text); ok {
		b.and(c.SQL+" < ?", past)
	}
	return nil
}

// pastPrefix returns the least text that is greater than every text with this
// prefix; ok is false where there is none.
func pastPrefix(p string) (past string, ok bool) {
	for p != "" {
		r, n := utf8.DecodeLastRuneInString(p)
		p = p[:len(p)-n]
		switch {
		case r == 0xD7FF: // behind it lie surrogates, which are no text
			return p + "\uE000", true
		case r < utf8.MaxRune && !(r == utf8.RuneError && n == 1):
			return p + string(r+1), true
		}
	}
	return "", false
}

// after continues behind the row with these values.
func (b *builder) after(order []term, values []any) error {
	if values == nil {
		return nil
	}
	if len(values) != len(order) {
		return fmt.Errorf("%w: the page before had another order", ErrFilter)
	}
	values = slices.Clone(values)
	for i, t := range order {
		if values[i] == nil && t.null {
			continue
		}
		v, err := t.kind.value(values[i])
		if err != nil {
			return err
		}
		values[i] = v
	}
	if uniform(order) {
		b.rowValue(order, values)
		return nil
	}
	b.lexical(order, values)
	return nil
}

// uniform orders are compared as one row value, which an index can serve.
func uniform(order []term) bool {
	return !slices.ContainsFunc(order, func(t term) bool { return t.null || t.desc != order[0].desc })
}

func (b *builder) rowValue(order []term, values []any) {
	op := " > ("
	if order[0].desc {
		op = " < ("
	}
	names := make([]string, len(order))
	for i, t := range order {
		names[i] = t.sql
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(order)), ", ")
	b.and("("+strings.Join(names, ", ")+")"+op+marks+")", values...)
}

// lexical spells the comparison out: greater in the first column, or equal
// there and greater in the second, and so on.
func (b *builder) lexical(order []term, values []any) {
	var cases []string
	for i, t := range order {
		var parts []string
		for j, before := range order[:i] {
			parts = append(parts, before.sql+" IS ?")
			b.args = append(b.args, values[j])
		}
		cond, bound := t.behind(values[i])
		if bound {
			b.args = append(b.args, values[i])
		}
		cases = append(cases, strings.Join(append(parts, cond), " AND "))
	}
	b.where = append(b.where, "("+strings.Join(cases, " OR ")+")")
}

// behind returns the condition for what sorts behind v, and whether v is bound
// in it. NULL is the least.
func (t term) behind(v any) (cond string, bound bool) {
	switch {
	case v == nil && t.desc:
		return "0", false
	case v == nil:
		return t.sql + " IS NOT NULL", false
	case t.desc && t.null:
		return "(" + t.sql + " < ? OR " + t.sql + " IS NULL)", true
	case t.desc:
		return t.sql + " < ?", true
	default:
		return t.sql + " > ?", true
	}
}

func (b *builder) statement(sel string, order []term, limit int) string {
	var s strings.Builder
	s.WriteString(sel)
	if len(b.where) > 0 {
		s.WriteString(" WHERE " + strings.Join(b.where, " AND "))
	}
	s.WriteString(" ORDER BY ")
	for i, t := range order {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(t.sql)
		if t.desc {
			s.WriteString(" DESC")
		}
	}
	fmt.Fprintf(&s, " LIMIT %d", limit)
	return s.String()
}
