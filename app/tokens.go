package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// A token is kept before its tenant is recorded and deleted after its removal
// is. A file named after the tenant stands in the workspace in between, so that
// a token that a crash left without its tenant is found: a keychain cannot be
// asked what it holds.
const tokenMark = "token-of-"

func (a *App) markName(tenantID string) string { return filepath.Join(a.cfg.Dir, tokenMark+tenantID) }

// markToken is durable before the secret store is touched.
func (a *App) markToken(tenantID string) error {
	f, err := os.OpenFile(a.markName(tenantID), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return folderError("The workspace cannot be written", err)
	}
	return nil
}

// unmarkToken fails nobody's work: a mark that stays is looked at again by the
// next writer.
func (a *App) unmarkToken(tenantID string) {
	if err := os.Remove(a.markName(tenantID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		slog.Warn("removing a mark", "tenant", tenantID, "error", err)
	}
}

// strayTokens runs under a fresh lock, when no tenant is being added or removed
// in any process, with the store up to date: a marked token whose tenant is not
// there belongs to nobody. What cannot be deleted now is tried again by the next
// writer; it keeps nobody from writing.
func (w *writer) strayTokens(ctx context.Context) {
	files, err := os.ReadDir(w.a.cfg.Dir)
	if err != nil {
		slog.Warn("looking for tokens without a tenant", "error", err)
	}
	for _, f := range files {
		id, marked := strings.CutPrefix(f.Name(), tokenMark)
		if !marked || !strings.HasPrefix(id, "t_") {
			continue
		}
		_, err := w.a.tenantBy(ctx, id)
		if isNotFound(err) {
			err = w.a.cfg.Secrets.Delete(ctx, tokenOf(id))
		}
		if err != nil {
			slog.Warn("deleting a token without a tenant", "tenant", id, "error", err)
			continue
		}
		w.a.unmarkToken(id)
	}
}
