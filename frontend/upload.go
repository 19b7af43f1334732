package frontend

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"rollcall/app"
)

// chosen is a file that a person chose: by its path in the window, with its
// content from a browser.
type chosen struct {
	id   string
	name string // base name, as it is recorded
	path string // "" where the content is at hand
	data []byte
	form url.Values // how the page last said that it is read; nil before

	words map[string]string // texts of the status column that the page last showed, by [wordID]
}

// file is what the service reads it from.
func (c chosen) file() (string, io.ReadSeeker) {
	if c.path != "" {
		return c.path, nil
	}
	return c.name, bytes.NewReader(c.data)
}

// picks keeps the files that were chosen last, in memory only, until they are
// imported or others take their place.
type picks struct {
	mu     sync.Mutex
	list   []chosen
	taking int // that are arriving now
}

// What the files that were chosen may hold of the memory: so many of them, so
// many bytes together, and so many that arrive at the same time.
const (
	mostPicks  = 3
	mostHeld   = 2 * maxFile
	mostTaking = 2
)

// add keeps a file; the oldest ones go where there is no room for it.
func (p *picks) add(c chosen) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.id = rand.Text()
	p.list = append(p.list, c)
	for len(p.list) > mostPicks || len(p.list) > 1 && p.held() > mostHeld {
		p.list = slices.Delete(p.list, 0, 1)
	}
	return c.id
}

func (p *picks) held() (n int) {
	for _, c := range p.list {
		n += len(c.data)
	}
	return n
}

// begin takes a place among the files that arrive; end gives it back.
func (p *picks) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taking == mostTaking {
		return false
	}
	p.taking++
	return true
}

func (p *picks) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taking--
}

func (p *picks) get(id string) (chosen, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.list {
		if c.id == id {
			return c, nil
		}
	}
	return chosen{}, &app.Error{Kind: app.KindNotFound, Text: "The file that was chosen here is not at hand any more.", Do: "Choose it again."}
}

// shown keeps the texts that the page asks about: its form names them by their
// ids, since a file may hold texts of any length.
func (p *picks) shown(id string, list []app.PreviewWord) {
	words := make(map[string]string, len(list))
	for _, w := range list {
		words[wordID(w.Text)] = w.Text
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.list {
		if p.list[i].id == id {
			p.list[i].words = words
		}
	}
}

// remember keeps how a file is said to be read, for whoever comes back to it.
func (p *picks) remember(id string, form url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.list {
		if p.list[i].id == id {
			p.list[i].form = form
		}
	}
}

func (p *picks) drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = slices.DeleteFunc(p.list, func(c chosen) bool { return c.id == id })
}

// What a browser may send of a file: its bytes as base64url text, since a body
// with a file in it ends the window's process, and these pages are the same.
const (
	filePath    = "/connect/file"
	maxFile     = 64 << 20
	maxFileBody = maxFile/3*4 + 4
	fileTime    = 2 * time.Minute // for all of it to arrive
)

// limited bounds what a request may send; only the route for files takes more
// than a form.
func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(maxForm)
		if r.Method == http.MethodPost && r.URL.Path == filePath {
			most = maxFileBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// filePurpose is the page that goes on with a file.
type filePurpose struct {
	members bool
	pack    bool   // it is an evidence pack to be checked
	tenant  string // id of the tenant that gets a newer list; "" for a new one
}

func purposeOf(q url.Values) filePurpose {
	return filePurpose{members: q.Get("for") == "members", pack: q.Get("for") == "pack", tenant: q.Get("tenant")}
}

// page is the address that goes on with the file.
func (p filePurpose) page(file string) string {
	if p.pack {
		return withQuery(checkPath, "file", file)
	}
	if p.members {
		return withQuery("/connect/members", "tenant", p.tenant, "file", file)
	}
	return withQuery("/connect/roster", "file", file)
}

// query is purposeOf the other way round.
func (p filePurpose) query() []string {
	if p.pack {
		return []string{"for", "pack"}
	}
	if p.members {
		return []string{"for", "members", "tenant", p.tenant}
	}
	return []string{"for", "roster"}
}

// chooseURL is where a file is chosen, or sent by the browser.
func (s *site) chooseURL(p filePurpose) string {
	if s.open != nil {
		return withQuery("/connect/open", p.query()...)
	}
	return withQuery(filePath, p.query()...)
}

// fileOpen asks with the system's dialog, in the window.
func (s *site) fileOpen(w http.ResponseWriter, r *http.Request) error {
	if s.open == nil {
		return errNoPage
	}
	p := purposeOf(r.URL.Query())
	ask := FileDialog{Title: "The list of people", Kind: "Lists of people", Patterns: "*.csv;*.txt;*.tsv"}
	if p.members {
		ask.Title, ask.Kind = "The list of members", "Lists of members"
	}
	if p.pack {
		ask = FileDialog{Title: "The evidence pack", Kind: "Evidence packs", Patterns: "*.zip"}
	}
	path, err := s.open(r.Context(), ask)
	if err != nil {
		return err
	}
	if path == "" {
		w.WriteHeader(http.StatusNoContent) // thought better of it
		return nil
	}
	s.moved(w, r, p.page(s.picks.add(chosen{name: filepath.Base(path), path: path})))
	return nil
}

// fileTake takes a file that the browser read.
func (s *site) fileTake(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	name := baseName(q.Get("name"))
	if !s.picks.begin() {
		return &app.Error{Kind: app.KindLocked, Text: "Other files are being handed over at this moment.", Do: "Choose the file again when they have arrived."}
	}
	defer s.picks.end()
	// The window has no deadlines, and no connection that could be left open.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(fileTime))
	data, err := io.ReadAll(base64.NewDecoder(base64.RawURLEncoding, r.Body))
	var large *http.MaxBytesError
	switch {
	case q.Has("large") || errors.As(err, &large) || len(data) > maxFile:
		return s.tooLarge(purposeOf(q))
	case err != nil:
		return &app.Error{Kind: app.KindUsage, Text: "The file did not arrive whole.", Do: "Choose it again.", Err: err}
	}
	s.moved(w, r, purposeOf(q).page(s.picks.add(chosen{name: name, data: data})))
	return nil
}

func (s *site) tooLarge(p filePurpose) error {
	c := rollcall(s.planner.workspace, "roster", "import", "people.csv")
	if p.members {
		c = rollcall(s.planner.workspace, "tenant", "add", "NAME", "--file", "members.csv")
	}
	if p.pack {
		c = rollcall("", "verify", "pack.zip")
	}
	return &app.Error{
		Kind: app.KindUsage, Text: "The file is larger than 64 MB, more than a browser can hand over.",
		Do: "Use the window, or a terminal: " + c.line(),
	}
}

// baseName is the last part of a name that a browser gave, fit to be recorded:
// what would hide or reorder text in it becomes an underscore.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if len(name) > 255 {
		name = name[:255]
	}
	name = strings.Map(func(r rune) rune {
		if clean(string(r)) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, ""))
	if strings.Trim(name, "._ ") == "" {
		return "file.csv"
	}
	return name
}
