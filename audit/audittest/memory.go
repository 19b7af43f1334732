// Package audittest helps to test stores of the record and what is built on
// them: a store in memory, and the promises of [audit.Store] as a test.
package audittest

import (
	"context"
	"slices"
	"sync"

	"rollcall/audit"
)

// Memory keeps a record in memory. Its fields are open so that a test can
// damage the record as somebody with the file could; lock Mu while others use
// the store.
type Memory struct {
	Mu          sync.Mutex
	ID          string
	List        []audit.Row
	Opened      map[audit.Digest]audit.Opening
	Tiles       map[[2]int64][]byte // by level and number
	Signed      []audit.SignedCheckpoint
	BeforeStore func(audit.Batch) error // an error here: nothing is stored
	AfterStore  func(audit.Batch) error // an error here: stored, but the caller is told otherwise
}

// NewMemory returns an empty record.
func NewMemory(id string) *Memory {
	return &Memory{ID: id, Opened: map[audit.Digest]audit.Opening{}, Tiles: map[[2]int64][]byte{}}
}

var _ audit.Store = (*Memory)(nil)

// LogID implements [audit.Store].
func (m *Memory) LogID(context.Context) (string, error) { return m.ID, nil }

// Size implements [audit.Store].
func (m *Memory) Size(context.Context) (int64, error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	return m.size(), nil
}

func (m *Memory) size() int64 {
	if len(m.List) == 0 {
		return 0
	}
	return m.List[len(m.List)-1].Seq + 1
}

// Rows implements [audit.Store].
func (m *Memory) Rows(ctx context.Context, from, to int64, yield func(audit.Row) error) error {
	m.Mu.Lock()
	i, _ := slices.BinarySearchFunc(m.List, from, func(r audit.Row, seq int64) int { return int(r.Seq - seq) })
	rows := m.List[i:]
	m.Mu.Unlock()
	for _, r := range rows {
		if r.Seq >= to {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// Openings implements [audit.Store].
func (m *Memory) Openings(_ context.Context, digests []audit.Digest) (list []audit.Opening, err error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	for _, d := range digests {
		if o, ok := m.Opened[d]; ok {
			list = append(list, o)
		}
	}
	return list, nil
}

// Tile implements [audit.Store].
func (m *Memory) Tile(_ context.Context, level int, n int64) ([]byte, error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	data, ok := m.Tiles[[2]int64{int64(level), n}]
	if !ok {
		return nil, audit.ErrNoTile
	}
	return data, nil
}

// Checkpoints implements [audit.Store].
func (m *Memory) Checkpoints(_ context.Context, yield func(audit.SignedCheckpoint) error) error {
	m.Mu.Lock()
	all := slices.Clone(m.Signed)
	m.Mu.Unlock()
	for _, c := range all {
		if err := yield(c); err != nil {
			return err
		}
	}
	return nil
}

// LatestCheckpoint implements [audit.Store].
func (m *Memory) LatestCheckpoint(context.Context) (c audit.SignedCheckpoint, ok bool, err error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	if len(m.Signed) == 0 {
		return c, false, nil
	}
	return m.Signed[len(m.Signed)-1], true, nil
}

// Commit implements [audit.Store].
func (m *Memory) Commit(ctx context.Context, b audit.Batch) error {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.From != m.size() {
		return audit.ErrConflict
	}
	if m.BeforeStore != nil {
		if err := m.BeforeStore(b); err != nil {
			return err
		}
	}
	m.keep(b)
	if m.AfterStore != nil {
		return m.AfterStore(b)
	}
	return nil
}

func (m *Memory) keep(b audit.Batch) {
	m.List = append(m.List, b.Rows...)
	for _, o := range b.Openings {
		m.Opened[o.Digest] = o
	}
	for _, t := range b.Tiles {
		m.Tiles[[2]int64{int64(t.Level), t.N}] = t.Data
	}
	if b.Checkpoint != nil {
		m.Signed = append(m.Signed, *b.Checkpoint)
	}
}
