package frontend

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall/app"
)

// exportView is what an evidence pack would hold and how it is checked.
type exportView struct {
	Filter      recordFilter
	Chosen      string // the filter in words
	Bodies      string
	Entries     string
	Window      bool // the file is written where a dialog says
	Reading     *listingView
	Key         exact
	Fingerprint exact
	Verify      command
	Against     command
	Checkpoint  *coverView
}

// madeView is a pack that was made.
type madeView struct {
	Words       string
	File        value
	Href        string // of the download; "" in the window
	Name        string
	Size, Entry string
	EntryHref   string
	SHA256      exact
}

// exportShow tells what an export of the filter would come to. It records
// nothing.
func (s *site) exportShow(w http.ResponseWriter, r *http.Request) error {
	f := recordFilterOf(r.URL.Query().Get)
	shell, frame, err := s.shellOf(r.Context(), "Evidence pack", "record")
	if err != nil {
		return err
	}
	v, err := s.newExport(r.Context(), f, frame, packName(f, s.now()))
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, exportPage(shell, v))
	return nil
}

// newExport is what a pack of the filter would hold now, and how the file of
// this name is checked.
func (s *site) newExport(ctx context.Context, f recordFilter, frame app.Frame, file string) (exportView, error) {
	asked, err := f.asked(s.now().Location())
	if err != nil {
		return exportView{}, err
	}
	p, err := s.app.ExportPreview(ctx, asked)
	if err != nil {
		return exportView{}, err
	}
	v := exportView{
		Filter: f, Chosen: filterWords(f, frame.Lists), Bodies: many(p.Bodies, "entry", "entries"), Entries: many(p.Entries, "entry", "entries"), Window: s.save != nil,
		Key: verbatim(p.Key), Fingerprint: aloud(p.Fingerprint), Verify: rollcall("", "verify", file, "--key="+p.Key),
		Against: rollcall("", "verify", file, "--key="+p.Key, "--checkpoint=earlier-checkpoint.txt"),
		Reading: newListing(app.EntriesPage{Listed: p.Listed, Size: p.Entries}, f),
	}
	if v.Reading != nil {
		v.Reading.Href = f.exportURL()
	}
	if p.Checkpoint != nil {
		v.Checkpoint = &coverView{"It covers " + many(p.Checkpoint.Size, "entry", "entries"), verbatim(p.Checkpoint.Note)}
	}
	return v, nil
}

// filterWords says what the filter chooses.
func filterWords(f recordFilter, lists []app.ListState) string {
	label := func(list []option, name string) string {
		for _, x := range list {
			if x.Name == name && name != "" {
				return x.Label
			}
		}
		return name
	}
	tenant := f.Tenant
	for _, t := range lists {
		if t.ID == f.Tenant {
			tenant = t.Name
		}
	}
	var out []string
	for _, p := range [][2]string{
		{"kind", label(recordGroups, f.Group)}, {"type", f.Type}, {"tenant", tenant}, {"about", f.About}, {"account", f.Target},
		{"ticket", f.Ticket}, {"by", f.Actor}, {"outcome", label(recordOutcomes, f.Outcome)}, {"since", f.Since}, {"until", f.Until},
	} {
		if p[1] != "" {
			out = append(out, p[0]+" "+visible(p[1], rowMax))
		}
	}
	return "Chosen: " + firstOf(strings.Join(out, ", "), "everything") + "."
}

// packName is what a pack of the filter is called.
func packName(f recordFilter, now time.Time) string {
	ticket := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, f.Ticket), "-")
	name := "record-"
	if ticket != "" {
		name += ticket[:min(len(ticket), 40)] + "-"
	}
	return name + now.Format(time.DateOnly) + ".zip"
}

// exportMake makes the pack: where the dialog says, or for a download. That
// there is one is an entry of the record, so nothing but a form comes here.
func (s *site) exportMake(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f := recordFilterOf(r.PostForm.Get)
	asked, err := f.asked(s.now().Location())
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a large record takes its time; in the window there is no deadline
	name := packName(f, s.now())
	var made madeView
	if s.save != nil {
		made, err = s.saveWith(r.Context(), name, asked)
	} else {
		made, err = s.packs.make(r.Context(), s.app, name, asked)
	}
	if err != nil {
		return err
	}
	if isPartial(r) {
		return s.packMade(w, r, f, made)
	}
	s.moved(w, r, firstOf(made.Href, f.exportURL()))
	return nil
}

// packMade answers with the pack, and with the rest of the page as it is now:
// the export is an entry too, and the file has a name.
func (s *site) packMade(w http.ResponseWriter, r *http.Request, f recordFilter, made madeView) error {
	frame, err := s.app.Frame(r.Context())
	if err != nil {
		return err
	}
	v, err := s.newExport(r.Context(), f, frame, firstOf(made.Name, packName(f, s.now())))
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, packChanged(made, v))
	return nil
}

// saveWith asks where to and writes the pack there.
func (s *site) saveWith(ctx context.Context, name string, f app.EntryFilter) (madeView, error) {
	path, err := s.save(ctx, FileDialog{Title: "Save the evidence pack", Name: name, Kind: "Evidence packs", Patterns: "*.zip"})
	if err != nil || path == "" {
		return madeView{}, err
	}
	info, err := s.app.Export(ctx, path, f)
	if err != nil {
		return madeView{}, err
	}
	return newMade(info), nil
}

func newMade(p app.PackInfo) madeView {
	return madeView{
		Words: many(p.Entries, "entry", "entries") + " of the record, " + count(p.Bodies) + " with their text", File: prose(p.File), Name: filepath.Base(p.File),
		Size: many(p.Bytes, "byte"), Entry: count(p.Seq), EntryHref: recordFilter{}.at(p.Seq), SHA256: verbatim(p.SHA256),
	}
}

// maxPacks is how many packs wait for their download; the oldest goes first.
const maxPacks = 4

// packShelf holds packs until they were downloaded, each under a word that
// works once. The zero packShelf is empty.
type packShelf struct {
	mu    sync.Mutex
	order []string
	packs map[string]string // word -> path
}

// make writes a pack into a folder of its own and shelves it.
func (p *packShelf) make(ctx context.Context, a *app.App, name string, f app.EntryFilter) (madeView, error) {
	dir, err := os.MkdirTemp("", "rollcall-pack-")
	if err != nil {
		return madeView{}, &app.Error{Kind: app.KindFailed, Text: "No temporary folder can be made for the pack.", Do: "Check the room on the disk.", Err: err}
	}
	info, err := a.Export(ctx, filepath.Join(dir, name), f)
	if err != nil {
		return madeView{}, errors.Join(err, os.RemoveAll(dir))
	}
	made := newMade(info)
	made.File, made.Href = prose(name), "/record/packs/"+p.put(info.File)
	return made, nil
}

func (p *packShelf) put(path string) string {
	word := rand.Text() + rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.packs == nil {
		p.packs = map[string]string{}
	}
	p.packs[word] = path
	if p.order = append(p.order, word); len(p.order) > maxPacks {
		discard(p.packs[p.order[0]])
		delete(p.packs, p.order[0])
		p.order = p.order[1:]
	}
	return word
}

// take hands out a pack once; "" where there is none under this word.
func (p *packShelf) take(word string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := p.packs[word]
	if path != "" {
		p.packs[word] = ""
	}
	return path
}

// clear removes what nobody fetched.
func (p *packShelf) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, path := range p.packs {
		discard(path)
	}
	p.packs, p.order = nil, nil
}

// discard removes a pack with its folder. What cannot be removed stays in the
// system's folder for temporary files.
func discard(path string) {
	if path != "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// packSend sends a pack and removes it. It changes nothing in the record.
func (s *site) packSend(w http.ResponseWriter, r *http.Request) error {
	path := s.packs.take(r.PathValue("word"))
	if path == "" {
		return &app.Error{Kind: app.KindNotFound, Text: "This download is over: its address works once.", Do: "Make the pack again."}
	}
	defer discard(path)
	file, err := os.Open(path)
	if err != nil {
		return &app.Error{Kind: app.KindFailed, Text: "The pack cannot be read any more.", Do: "Make it again.", Err: err}
	}
	defer file.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	h := w.Header()
	if info, err := file.Stat(); err == nil {
		h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	}
	attach(h, "application/zip", filepath.Base(path))
	w.WriteHeader(http.StatusOK)
	_, _ = io.Copy(w, file) // an error means that nobody reads any more
	return nil
}

// checkpointSend sends the newest checkpoint, to be kept somewhere else.
func (s *site) checkpointSend(w http.ResponseWriter, r *http.Request) error {
	c, err := s.app.LatestCheckpoint(r.Context())
	if err != nil {
		return err
	}
	if c == nil {
		return &app.Error{Kind: app.KindNotFound, Text: "Nothing was signed yet.", Do: "A checkpoint is signed at the end of each change."}
	}
	attach(w.Header(), "text/plain; charset=utf-8", "checkpoint-"+strconv.FormatInt(c.Size, 10)+".txt")
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, c.Note)
	return nil
}

func attach(h http.Header, kind, name string) {
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}
