package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"rollcall/db"
)

// contentDigest is HMAC-SHA256 over ids and hashes with their lengths.
type contentDigest struct {
	h   hash.Hash
	buf []byte
}

func newContentDigest(pepper []byte) *contentDigest {
	return &contentDigest{h: hmac.New(sha256.New, pepper)}
}

func (d *contentDigest) rows(ctx context.Context, tx *db.Tx, name, query string, args ...any) error {
	rows, err := tx.SQL.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	d.add([]byte(name))
	for rows.Next() {
		var id, sum sql.RawBytes
		if err := rows.Scan(&id, &sum); err != nil {
			return err
		}
		d.add(id)
		d.add(sum)
	}
	return rows.Err()
}

func (d *contentDigest) add(b []byte) {
	d.buf = binary.BigEndian.AppendUint64(d.buf[:0], uint64(len(b)))
	d.h.Write(append(d.buf, b...))
}

func (d *contentDigest) hex() string { return hex.EncodeToString(d.h.Sum(nil)) }

// contentHash names the content of one resource: 128 bits of SHA-256, which
// only a tenant that wanted to hide its own change could make collide.
func contentHash(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:16]
}
