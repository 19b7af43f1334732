package audit

import (
	"context"
	"errors"
)

// Store keeps the record durably. The implementation promises: Commit is one
// transaction, on disk when it returns nil (fsynced); what it stored is never
// changed; a Commit whose From is not the present size stores nothing and
// returns ErrConflict.
type Store interface {
	// LogID returns the log's random id, set when the file was made.
	LogID(ctx context.Context) (string, error)
	// Size returns the number of entries.
	Size(ctx context.Context) (int64, error)
	// Rows yields entries from (inclusive) to to (exclusive), in order. The
	// slices stay valid after yield returns; an error of yield ends it and is
	// returned so that errors.Is finds it. yield does not call the store.
	Rows(ctx context.Context, from, to int64, yield func(Row) error) error
	// Openings returns what opens the commitments, in any order; erased ones
	// are missing.
	Openings(ctx context.Context, digests []Digest) ([]Opening, error)
	// Tile returns the 8,192 bytes of a full tile (256 hashes) or ErrNoTile.
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
	// Checkpoints yields the signed notes by size, oldest first. An error of
	// yield ends it, as with Rows.
	Checkpoints(ctx context.Context, yield func(SignedCheckpoint) error) error
	// LatestCheckpoint returns the newest one; ok is false where there is none.
	LatestCheckpoint(ctx context.Context) (c SignedCheckpoint, ok bool, err error)
	// Commit appends.
	Commit(ctx context.Context, b Batch) error
}

// Digest is HMAC-SHA256(salt, value): a commitment that can be erased.
type Digest [32]byte

// Row is one entry as it is stored.
type Row struct {
	Seq  int64    // 0-based index in the tree
	Body []byte   // the exact canonical JSON that was hashed
	Leaf [32]byte // RFC 6962 leaf hash of Body
}

// Opening is the salt and value behind a commitment.
type Opening struct {
	Digest Digest
	Seq    int64 // the entry that it came with
	Salt   [32]byte
	Value  []byte
}

// SignedCheckpoint is a C2SP signed note over the tree at Size.
type SignedCheckpoint struct {
	Size int64
	Note []byte
}

// Tile is a full tile: 256 consecutive hashes of one tree level.
type Tile struct {
	Level int
	N     int64
	Data  []byte // 8,192 bytes
}

// Batch is what one Commit stores; every part may be empty.
type Batch struct {
	From       int64 // the size that the caller saw
	Rows       []Row
	Openings   []Opening
	Tiles      []Tile
	Checkpoint *SignedCheckpoint
}

// Errors of the package. Callers compare with errors.Is.
var (
	ErrConflict = errors.New("the record grew meanwhile")
	ErrNoTile   = errors.New("no such tile")
)
