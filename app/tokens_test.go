package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// snagged is a store in which one kind of call ends the process, as far as the
// app can tell: nothing after it happens.
type snagged struct {
	secrets.Store
	onSet, onDelete bool
	tokens          []string
}

func (s *snagged) Set(ctx context.Context, purpose string, secret []byte) error {
	if purpose == secretCheckpoint || purpose == secretSigningKey {
		return s.Store.Set(ctx, purpose, secret)
	}
	s.tokens = append(s.tokens, purpose)
	if err := s.Store.Set(ctx, purpose, secret); err != nil || !s.onSet {
		return err
	}
	panic("killed")
}

func (s *snagged) Delete(ctx context.Context, purpose string) error {
	if s.onDelete {
		return errors.New("not now")
	}
	return s.Store.Delete(ctx, purpose)
}

func (w *world) marks() []string {
	found, err := filepath.Glob(filepath.Join(w.dir, tokenMark+"*"))
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w *world) touch() {
	w.t.Helper()
	if err := w.app.mutate(w.t.Context(), func(*writer) error { return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// A token whose tenant never came to be recorded goes with the next writer.
func TestTokenWithoutTenantIsDeleted(t *testing.T) {
	w := newWorld(t)
	s := &snagged{Store: w.secrets, onSet: true}
	w.close()
	w.secrets = s
	w.open()
	spec := TenantSpec{Name: "Acme", BaseURL: "https://acme.example/scim", Token: scimtest.Token}
	func() {
		defer func() { recover() }() // here the process ends
		w.app.AddTenant(t.Context(), spec)
	}()
	if len(s.tokens) != 1 || len(w.marks()) != 1 {
		t.Fatalf("kept %v, marked %v", s.tokens, w.marks())
	}
	if _, err := s.Get(t.Context(), s.tokens[0]); err != nil {
		t.Fatal(err)
	}
	s.onSet = false
	w.close()
	w.open()
	w.touch()
	if _, err := s.Get(t.Context(), s.tokens[0]); !errors.Is(err, secrets.ErrNotFound) || len(w.marks()) != 0 {
		t.Errorf("the token of no tenant: %v, marked %v", err, w.marks())
	}
}

// The token of a recorded tenant stays, marked or not.
func TestTokenOfATenantStays(t *testing.T) {
	w, _ := ready(t)
	id := w.tenant("Acme").ID
	if m := w.marks(); len(m) != 0 {
		t.Fatalf("marked %v", m)
	}
	if err := w.app.markToken(id); err != nil {
		t.Fatal(err)
	}
	w.touch()
	if _, err := w.secrets.Get(t.Context(), tokenOf(id)); err != nil || len(w.marks()) != 0 {
		t.Errorf("%v, marked %v", err, w.marks())
	}
}

// A token that could not be deleted with its tenant is deleted later.
func TestTokenOfARemovedTenantGoesLater(t *testing.T) {
	w, _ := ready(t)
	id := w.tenant("Acme").ID
	s := &snagged{Store: w.secrets, onDelete: true}
	w.close()
	w.secrets = s
	w.open()
	if err := w.app.RemoveTenant(t.Context(), id); err == nil {
		t.Error("a token that stayed was not mentioned")
	}
	w.touch()
	if !slices.Contains(w.marks(), w.app.markName(id)) {
		t.Fatalf("marked %v", w.marks())
	}
	s.onDelete = false
	w.touch()
	if _, err := s.Get(t.Context(), tokenOf(id)); !errors.Is(err, secrets.ErrNotFound) || len(w.marks()) != 0 {
		t.Errorf("%v, marked %v", err, w.marks())
	}
}
