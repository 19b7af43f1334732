package app

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"rollcall/db"
	"rollcall/db/storeq"
)

// mostIndexed is how many findings are searched in memory, in some 25 MB; among
// more, a search reads the store.
const mostIndexed = 100_000

// findingIndex keeps the findings of one state in memory as they are searched,
// so that a letter that is typed does not read them all.
type findingIndex struct {
	mu    sync.Mutex
	state storeq.FindingStateRow
	list  []indexedFinding // in the order of a page; nil: there are too many
}

// indexedFinding is what is searched of a finding, and what finds it again.
type indexedFinding struct {
	id, tenantID, tenant string
	rank, account        int64
	text                 string // normalised user name, display name and reason, a line each
	keyEnd               int    // of the user name in text
}

// findings returns those of the state that tx sees; ok is false where there are
// too many to keep.
func (x *findingIndex) findings(ctx context.Context, tx *db.Tx) (list []indexedFinding, ok bool, err error) {
	state, err := maybe(tx.FindingState(ctx))
	if err != nil || state == nil {
		return nil, err == nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state == *state {
		return x.list, x.list != nil, nil
	}
	if sameButAside(x.state, *state) && x.list != nil {
		list, err = moved(ctx, tx, x.list)
	} else {
		list, err = readIndexed(ctx, tx)
	}
	if err != nil {
		return nil, false, err
	}
	if len(list) > mostIndexed {
		list = nil
	}
	x.state, x.list = *state, list
	return list, list != nil, nil
}

// sameButAside says whether nothing but what is left alone differs.
func sameButAside(x, y storeq.FindingStateRow) bool {
	x.Aside = y.Aside
	return x == y
}

// moved is the list with what is left alone now in its place. The old one may
// be being searched.
func moved(ctx context.Context, tx *db.Tx, list []indexedFinding) ([]indexedFinding, error) {
	aside := map[string]bool{}
	err := each(ctx, tx, `SELECT id FROM finding WHERE rank >= ?`, []any{exceptedRank}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		aside[id] = true
		return err
	})
	list = slices.Clone(list)
	for i := range list {
		list[i].rank %= exceptedRank
		if aside[list[i].id] {
			list[i].rank += exceptedRank
		}
	}
	slices.SortFunc(list, func(x, y indexedFinding) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), strings.Compare(x.tenant, y.tenant), strings.Compare(x.key(), y.key()), strings.Compare(x.id, y.id))
	})
	return list, err
}

// used says whether anybody searched: then whoever derives reads them anew, so
// that the next letter does not wait for that.
func (x *findingIndex) used() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state != storeq.FindingStateRow{}
}

func readIndexed(ctx context.Context, tx *db.Tx) ([]indexedFinding, error) {
	list := []indexedFinding{}
	same := map[string]string{} // one text for each tenant, not for each finding
	query := `SELECT id, tenant_id, tenant_name, rank, account, search, length(cast(sort_key AS BLOB)) FROM finding ORDER BY rank, tenant_name, sort_key, id LIMIT ?`
	err := each(ctx, tx, query, []any{mostIndexed + 1}, func(rows *sql.Rows) error {
		var f indexedFinding
		err := rows.Scan(&f.id, &f.tenantID, &f.tenant, &f.rank, &f.account, &f.text, &f.keyEnd)
		for _, text := range []*string{&f.tenantID, &f.tenant} {
			if known, ok := same[*text]; ok {
				*text = known
			} else {
				same[*text] = *text
			}
		}
		list = append(list, f)
		return err
	})
	return list, err
}

// key is the account's user name, normalised: what a kind is ordered by within
// a tenant.
func (f indexedFinding) key() string { return f.text[:min(f.keyEnd, len(f.text))] }

// distance is that of [search.distance].
func (f indexedFinding) distance(typed string) int {
	switch name := f.key(); {
	case name == typed:
		return 0
	case strings.HasPrefix(name, typed):
		return 1
	}
	return 3
}

// named says whether each of the words begins a word of the account's names.
func (f indexedFinding) named(words []string) bool {
	names := f.text
	if end := strings.LastIndexByte(names, '\n'); end >= 0 {
		names = names[:end]
	}
	for _, w := range words {
		if !beginsWord(names, w) {
			return false
		}
	}
	return true
}

// beginsWord says whether a word of text begins with what was typed.
func beginsWord(text, typed string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], typed)
		if at < 0 {
			return false
		}
		at += from
		if before, _ := utf8.DecodeLastRuneInString(text[:at]); at == 0 || !isWord(before) {
			return true
		}
		from = at + 1
	}
}
