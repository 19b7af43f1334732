package app

import (
	"context"
	"database/sql"
	"strings"

	"rollcall/db"
)

// Beginnings of up to indexedWord characters have an index of their own
// (db/schema/store/201-browse.sql). For a longer one the store collects
// everybody who has any word of that beginning before it gives the first; asked
// for words as they are it gives one after the other.
const (
	indexedWord = 3
	wideWord    = 100 // so many words share a beginning that is too much to collect
	firstWords  = 20  // of these stand for it; more than any search shows
	fewWords    = 4   // are asked for as they are instead of by their beginning
)

// The words of one beginning, in their order.
const (
	accountTerms = `SELECT term FROM account_vocabulary WHERE term >= ?1 AND term < ?1 || char(1114111) LIMIT ?2`
	personTerms  = `SELECT term FROM person_vocabulary WHERE term >= ?1 AND term < ?1 || char(1114111) LIMIT ?2`
)

// worded is what was typed as a full-text query.
type worded struct {
	all string
	// some is the same with the first words in place of a beginning that very
	// many share, or "" where there is none. What it finds belongs to what all
	// finds; of several words it may find nothing where all does.
	some string
	// enough: where some finds anything, it finds as much as a search shows.
	enough bool
}

// wordedOf is [wordsOf] what was typed with its beginnings looked up.
func (s *search) wordedOf(ctx context.Context, tx *db.Tx, vocabulary string) (worded, error) {
	w := worded{all: wordsOf(s.text)}
	typed := strings.Fields(s.text)
	for _, t := range typed {
		if longBeginning(t) == "" {
			continue
		}
		terms, err := termsOf(ctx, tx, vocabulary, t)
		if err != nil {
			return w, err
		}
		asked := `words : "` + t + `" *`
		switch {
		case len(terms) == wideWord:
			w.some = strings.Replace(firstOf(w.some, w.all), asked, anyOf(terms[:firstWords]), 1)
			w.enough = len(typed) == 1
		case len(terms) > 0 && len(terms) <= fewWords:
			w.all, w.some = strings.Replace(w.all, asked, anyOf(terms), 1), strings.Replace(w.some, asked, anyOf(terms), 1)
		}
	}
	return w, nil
}

// asciiWord are characters that the index folds by lower case alone.
const asciiWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// longBeginning is what was typed in lower case, where that is one word without
// an index of its own, and "" otherwise. Whatever begins with it holds a word
// that begins with it.
func longBeginning(typed string) string {
	typed = strings.TrimSpace(typed)
	if len(typed) <= indexedWord || strings.Trim(typed, asciiWord) != "" {
		return ""
	}
	return strings.ToLower(typed)
}

func termsOf(ctx context.Context, tx *db.Tx, vocabulary, begin string) (terms []string, err error) {
	err = each(ctx, tx, vocabulary, []any{strings.ToLower(begin), wideWord}, func(rows *sql.Rows) error {
		var term string
		err := rows.Scan(&term)
		terms = append(terms, `"`+term+`"`)
		return err
	})
	return terms, err
}

func anyOf(terms []string) string { return "words : (" + strings.Join(terms, " OR ") + ")" }

// byWords adds what a query finds with what was typed as its first argument, the
// narrower one first.
func (s *search) byWords(ctx context.Context, tx *db.Tx, vocabulary, query string, ids []int64) ([]int64, error) {
	err := s.within(ctx, func(ctx context.Context) error {
		w, err := s.wordedOf(ctx, tx, vocabulary)
		if err != nil {
			return err
		}
		if w.some != "" {
			some, err := rowIDs(ctx, tx, query, w.some, mostRanked)
			if err != nil || w.enough || len(some) >= s.limit {
				ids = append(ids, some...)
				return err
			}
		}
		all, err := rowIDs(ctx, tx, query, w.all, mostRanked)
		ids = append(ids, all...)
		return err
	})
	return distinct(ids), err
}
