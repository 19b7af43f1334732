package app

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"strings"
	"unicode"

	"rollcall/db"

	"github.com/go-json-experiment/json"
)

// MostFound is how many rows a search by words finds: whoever sees so many
// types another letter.
const MostFound = 500

const mostWords = 8 // of a search; the others are not looked at

// written writes out the letters that fold to several, as the index of words has
// them (db/schema/store/422-folded.sql).
var written = strings.NewReplacer("ß", "ss", "ẞ", "ss", "ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")

// wordsOf makes a full-text query of what a person types: every word has to
// begin one of the stored words. Each is quoted, so that nothing in it is an
// operator; "" means that there is nothing to look for.
func wordsOf(search string, facets ...string) string {
	var b strings.Builder
	for _, f := range facets {
		b.WriteString(`facet : "` + f + `" AND `)
	}
	n := 0
	for _, w := range strings.Fields(written.Replace(strings.ToValidUTF8(search, " "))) {
		w = strings.ReplaceAll(strings.ReplaceAll(w, "\x00", ""), `"`, `""`)
		if n == mostWords || !strings.ContainsFunc(w, isWord) {
			continue
		}
		if n++; n > 1 {
			b.WriteString(" AND ")
		}
		b.WriteString(`words : "` + w + `" *`)
	}
	if n == 0 {
		return ""
	}
	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// place is where a page of a list ended: the values of its order, opaque to
// whoever hands it back.
func placeText(values ...any) (string, error) {
	b, err := json.Marshal(values)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// placeOf reads it back; numbers say which of the values are whole numbers.
func placeOf(text string, numbers ...bool) ([]any, error) {
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	var values []any
	if err == nil {
		err = json.Unmarshal(b, &values)
	}
	if err != nil || len(values) != len(numbers) {
		return nil, usage("The place to go on from is not one that a page of this list gave.")
	}
	for i, number := range numbers {
		if f, ok := values[i].(float64); ok && number {
			values[i] = int64(f)
		}
	}
	return values, nil
}

// page runs a list's query and tells each row to scan; limit+1 rows are asked
// for, so that more says whether there is a next page.
func page(ctx context.Context, tx *db.Tx, l db.List, p db.Page, first []any, scan func(*sql.Rows) error) (more bool, err error) {
	limit := p.Limit
	p.Limit++
	query, args, err := l.SQL(p)
	if errors.Is(err, db.ErrFilter) {
		return false, usage("This list cannot be filtered, sorted or continued like that.")
	}
	if err != nil {
		return false, err
	}
	rows, err := tx.SQL.QueryContext(ctx, query, append(first, args...)...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n == limit {
			return true, nil
		}
		if err := scan(rows); err != nil {
			return false, err
		}
	}
	return false, rows.Err()
}

func pageLimit(limit int) int {
	if limit <= 0 || limit > MostFound {
		return defaultPage
	}
	return limit
}

// rowIDs runs a query that selects one whole number a row.
func rowIDs(ctx context.Context, tx *db.Tx, query string, args ...any) (out []int64, err error) {
	err = each(ctx, tx, query, args, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}
