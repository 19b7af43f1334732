package secrets

import (
	"bytes"
	"context"
	"sync"
)

// Memory returns a store that forgets everything with the process; the demo's
// tokens live there.
func Memory() Store { return &memory{m: map[string][]byte{}} }

type memory struct {
	mu sync.Mutex
	m  map[string][]byte
}

func (s *memory) Get(_ context.Context, purpose string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.m[purpose]
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(v), nil
}

func (s *memory) Set(_ context.Context, purpose string, secret []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[purpose] = append([]byte{}, secret...)
	return nil
}

func (s *memory) Delete(_ context.Context, purpose string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, purpose)
	return nil
}

func (s *memory) Where() string { return "memory" }
