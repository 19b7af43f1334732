package frontend

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed dist
var dist embed.FS

// ErrUnbuilt says that the binary was compiled before its pages' assets were.
var ErrUnbuilt = errors.New("this binary has no pages: run make build")

// Built returns ErrUnbuilt where the binary carries no assets.
func Built() error {
	if !builtAssets().built {
		return ErrUnbuilt
	}
	return nil
}

// assets are the files under dist with the hashes that name their versions.
type assets struct {
	files  map[string][]byte
	hashes map[string]string
	built  bool
}

var builtAssets = sync.OnceValue(func() *assets {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return &assets{}
	}
	return loadAssets(sub)
})

func loadAssets(fsys fs.FS) *assets {
	a := &assets{files: map[string][]byte{}, hashes: map[string]string{}}
	fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		a.files[name], a.hashes[name] = body, hex.EncodeToString(sum[:8])
		return nil
	})
	_, css := a.files["app.css"]
	_, js := a.files["app.js"]
	a.built = css && js
	return a
}

// assetURL is the address of an asset, with its version.
func assetURL(name string) string {
	return "/assets/" + name + "?v=" + builtAssets().hashes[name]
}

// sprite is the icons that the pages refer to.
func sprite() string { return string(builtAssets().files["icons.svg"]) }

// assetTypes is fixed here because some systems' own tables are wrong.
var assetTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// assetShow serves one asset; with its version in the address it may be kept
// for ever.
func (s *site) assetShow(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	body, ok := s.assets.files[name]
	kind := assetTypes[path.Ext(name)]
	if !ok || kind == "" {
		s.fail(w, r, errNoPage)
		return
	}
	hash := s.assets.hashes[name]
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", `"`+hash+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// licencesShow shows the licences of what the pages are built with.
func (s *site) licencesShow(w http.ResponseWriter, r *http.Request) error {
	shell, _, err := s.shellOf(r.Context(), "Licences", "settings")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, licencesPage(shell, string(s.assets.files["licences.txt"])))
	return nil
}

// cutLast splits s at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
