package audit

import (
	"context"
	"errors"
	"fmt"
)

// Limits of what is held in memory while reading, besides one entry.
const (
	chunkRows  = 256
	chunkBytes = 8 << 20
)

var errFull = errors.New("enough for now")

// Entries yields entries from (inclusive) to to (exclusive), opened, in order;
// to below 0 means the end. The memory used does not depend on how many. An
// error of yield ends it and is returned as it is.
func (l *Log) Entries(ctx context.Context, from, to int64, yield func(Stored) error) error {
	size, id := l.Size(), l.LogID()
	if to < 0 || to > size {
		to = size
	}
	for from = max(from, 0); from < to; {
		rows, err := readChunk(ctx, l.store, from, to)
		if err != nil {
			return err
		}
		all, err := openings(ctx, l.store, rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			s, err := openEntry(r, id, all)
			if err != nil {
				return err
			}
			if err := yield(s); err != nil {
				return err
			}
		}
		from += int64(len(rows))
	}
	return nil
}

// readChunk reads at least one row and as many more as fit the limits. The
// store is not asked for anything else meanwhile, since it may have only one
// connection.
func readChunk(ctx context.Context, s Store, from, to int64) (rows []Row, err error) {
	bytes := int64(0)
	err = s.Rows(ctx, from, min(to, from+chunkRows), func(r Row) error {
		if r.Seq != from+int64(len(rows)) {
			return damageAt(from+int64(len(rows)), ReasonMissing)
		}
		rows = append(rows, r)
		if bytes += weight(r); bytes > chunkBytes {
			return errFull
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFull) {
		return nil, fmt.Errorf("reading entries from %d: %w", from, err)
	}
	if len(rows) == 0 {
		return nil, damageAt(from, ReasonMissing)
	}
	return rows, nil
}

// weight estimates the memory for a row and what opens it.
func weight(r Row) int64 {
	w := int64(len(r.Body))
	found, _ := commitments(r.Body)
	for _, c := range found {
		w += c.size
	}
	return w
}

// openings reads what opens the commitments of some rows. A malformed body has
// none here; whoever decodes it reports it.
func openings(ctx context.Context, s Store, rows []Row) (opened, error) {
	var digests []Digest
	for _, r := range rows {
		found, _ := commitments(r.Body)
		for _, c := range found {
			digests = append(digests, c.digest)
		}
	}
	all := make(opened, len(digests))
	if len(digests) == 0 {
		return all, nil
	}
	list, err := s.Openings(ctx, digests)
	if err != nil {
		return nil, fmt.Errorf("reading what opens the entries from %d: %w", rows[0].Seq, err)
	}
	for _, o := range list {
		all[o.Digest] = o
	}
	return all, nil
}
