package frontend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"rollcall/app"
	"rollcall/app/secrets"
)

func TestFailureOf(t *testing.T) {
	refused := &app.Error{Kind: app.KindRefused, Text: "Too many.", Do: "Take fewer."}
	tests := []struct {
		name   string
		err    error
		status int
		text   string
	}{
		{"usage", &app.Error{Kind: app.KindUsage, Text: "Bad."}, http.StatusBadRequest, "Bad."},
		{"not found", errNoPage, http.StatusNotFound, errNoPage.Text},
		{"refused, wrapped", fmt.Errorf("start sync: %w", refused), http.StatusConflict, "Too many."},
		{"locked", &app.Error{Kind: app.KindLocked, Text: "Busy."}, http.StatusLocked, "Busy."},
		{"failed", &app.Error{Kind: app.KindFailed, Text: "Broken."}, http.StatusInternalServerError, "Broken."},
		{"a kind of later", &app.Error{Kind: "new", Text: "New."}, http.StatusInternalServerError, "New."},
		{"no passphrase", fmt.Errorf("token: %w", secrets.ErrNoPassphrase), http.StatusLocked, "The secrets of this workspace need its passphrase."},
		{"late", fmt.Errorf("list: %w", context.DeadlineExceeded), http.StatusServiceUnavailable, "The page was not ready in time."},
		{"unforeseen", errors.New("disk\x00full"), http.StatusInternalServerError, "Rollcall met an error that it did not expect."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := failureOf(tt.err)
			if f.Status != tt.status || f.Text.Text != tt.text {
				t.Errorf("failureOf = %d %q, want %d %q", f.Status, f.Text.Text, tt.status, tt.text)
			}
		})
	}
	if d := failureOf(errors.New("disk\x00full")).Detail.Text; d != "disk␀full" {
		t.Errorf("detail = %q", d)
	}
	if d := failureOf(refused).Detail.Text; d != "" {
		t.Errorf("a refusal has the detail %q", d)
	}
}
