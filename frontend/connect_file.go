package frontend

import (
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"rollcall/app"
)

// fileView is a file on its way in: which one, how it is read, what it shows.
type fileView struct {
	Members bool
	Window  bool // the system's dialog is there; otherwise the browser reads the file
	Tenant  string
	Name    value // of the tenant that gets a newer list; "" for a new one
	Title   string
	Choose  string // where a file is chosen or sent
	Accept  string // the kinds of files that a browser offers
	Locked  bool
	Fresh   bool         // the passphrase is yet to be chosen
	Here    string       // address of this page
	Told    *app.Roster  // the roster in use; nil for none
	Look    *previewView // nil until a file was chosen
	Form    memberForm
}

// memberForm is who vouches for a list of members.
type memberForm struct {
	Name, By, At, Screen, Filter string
}

// How a select says that a field is read as found, or not at all.
const (
	asFound = "*"
	notRead = "-"
)

var fieldLabels = map[string]string{
	"number": "Employee number", "name": "Name", "first": "First name", "last": "Last name", "email": "E-mail address",
	"username": "Login name", "manager": "Manager", "type": "Kind of employment", "status": "Status", "start": "First day", "end": "Last day",
	"id": "Account id", "groups": "Groups or roles", "lastseen": "Last seen",
}

// zerosError is the choice that dates of zeros are errors, whatever an earlier
// import of the source was told.
const zerosError = "error"

// readingOf is how the form says that a file is read.
type readingOf struct {
	Map, Words            map[string]string
	Encoding, Source, Key string
	Zone, Contents        string
	chosen                url.Values
}

// newReading reads the form; words are the texts that it names by their ids.
func newReading(f url.Values, words map[string]string) readingOf {
	v := readingOf{
		Map: map[string]string{}, Words: map[string]string{}, Encoding: f.Get("encoding"), Source: strings.TrimSpace(f.Get("source")),
		Key: f.Get("key"), Zone: strings.TrimSpace(f.Get("zone")), Contents: f.Get("contents"), chosen: f,
	}
	for name := range f {
		field, ok := strings.CutPrefix(name, "map.")
		switch got := f.Get(name); {
		case !ok || got == asFound:
		case got == notRead:
			v.Map[field] = ""
		default:
			v.Map[field] = got
		}
	}
	if d := f.Get("dates"); d != "" {
		v.Map["dates"] = d
	}
	switch z := f.Get("zeros"); z {
	case "":
	case zerosError:
		v.Map["zeros"] = ""
	default:
		v.Map["zeros"] = z
	}
	for id, text := range words {
		if state := f.Get(id); state != "" {
			v.Words[text] = state
		}
	}
	return v
}

func (v readingOf) roster(c chosen, accept int) app.RosterImport {
	path, content := c.file()
	return app.RosterImport{
		File: path, Content: content, Map: v.Map, Source: v.Source, Key: v.Key, TimeZone: v.Zone, StatusMap: v.Words,
		Encoding: v.Encoding, AcceptShrink: accept, Contents: v.Contents,
	}
}

func (v readingOf) members(c chosen) app.FileImport {
	path, content := c.file()
	return app.FileImport{File: path, Content: content, Map: v.Map, StatusMap: v.Words, Encoding: v.Encoding}
}

// fileShow is the page of one file: chosen already or not.
func (s *site) fileShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p := filePurpose{members: strings.HasSuffix(r.URL.Path, "/members"), tenant: q.Get("tenant")}
	shell, o, err := s.shellOver(r.Context(), "Connect", "tenants")
	if err != nil {
		return err
	}
	v, err := s.newFile(r, p, o)
	if err != nil {
		return err
	}
	if id := q.Get("file"); id != "" {
		c, err := s.picks.get(id)
		if err != nil { // such as by going back after the import
			http.Redirect(w, r, withQuery(r.URL.Path, "tenant", p.tenant), http.StatusSeeOther)
			return nil
		}
		if v.Look, err = s.look(r, p, id, c.form); err != nil {
			return err
		}
		if c.form != nil {
			v.Form = memberForm{Name: c.form.Get("name"), By: c.form.Get("by"), At: c.form.Get("at"), Screen: c.form.Get("screen"), Filter: c.form.Get("filter")}
		}
	}
	shell.Title = v.Title
	s.render(w, r, http.StatusOK, filePage(shell, v))
	return nil
}

func (s *site) newFile(r *http.Request, p filePurpose, o app.Overview) (fileView, error) {
	v := fileView{Members: p.members, Window: s.open != nil, Tenant: p.tenant, Title: "Import the roster", Locked: s.app.NeedsPassphrase(), Fresh: s.app.NewPassphrase(), Here: r.URL.RequestURI(), Told: o.Roster}
	v.Choose, v.Accept = s.chooseURL(p), ".csv,.txt,.tsv,text/csv,text/plain"
	if !p.members {
		return v, nil
	}
	v.Title = "A tenant without SCIM"
	if p.tenant == "" {
		return v, nil
	}
	t, err := s.app.Tenant(r.Context(), p.tenant)
	if err != nil {
		return v, err
	}
	v.Name, v.Title = row(t.Name), "A newer list"
	if t.File != nil {
		v.Form = memberForm{By: t.File.ExportedBy, Screen: t.File.Screen, Filter: t.File.Filter}
	}
	return v, nil
}

// fileLook shows the file again as the form says that it is read.
func (s *site) fileLook(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p := filePurpose{members: r.PostForm.Get("for") == "members", tenant: r.PostForm.Get("tenant")}
	s.picks.remember(r.PostForm.Get("file"), r.PostForm)
	v, err := s.look(r, p, r.PostForm.Get("file"), r.PostForm)
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, previewAnew(*v))
	return nil
}

func (s *site) look(r *http.Request, p filePurpose, file string, f url.Values) (*previewView, error) {
	c, err := s.picks.get(file)
	if err != nil {
		return nil, err
	}
	how := newReading(f, c.words)
	var got app.FilePreview
	if p.members {
		got, err = s.app.PreviewMembers(r.Context(), p.tenant, how.members(c))
	} else {
		got, err = s.app.PreviewRoster(r.Context(), how.roster(c, 0))
	}
	if err != nil {
		return nil, err
	}
	s.picks.shown(c.id, got.Words)
	v := newPreviewView(c, got, how, p)
	return &v, nil
}

// shrunk is a file that waits for a person's word.
type shrunk struct {
	Problems []problemView
	What     string // people or accounts
	Ask      bool   // nothing on the page asks for the number yet
}

func peopleOrAccounts(p filePurpose) string {
	if p.members {
		return "accounts"
	}
	return "people"
}

// rosterImport imports the chosen file.
func (s *site) rosterImport(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, err := s.picks.get(r.PostForm.Get("file"))
	if err != nil {
		return err
	}
	s.picks.remember(c.id, r.PostForm)
	accept, err := acceptOf(r.PostForm, "people")
	if err != nil {
		return err
	}
	n := 0
	if accept != nil {
		n = *accept
	}
	got, err := s.app.ImportRoster(r.Context(), newReading(r.PostForm, c.words).roster(c, n))
	if err != nil {
		return err
	}
	if got.Held {
		s.render(w, r, http.StatusConflict, shrunkNote(shrunk{problems(got.Problems[:1]), "people", !r.PostForm.Has("accept")}))
		return nil
	}
	s.picks.drop(c.id)
	o, err := s.app.Overview(r.Context())
	if err != nil {
		return err
	}
	next := "/?imported=1"
	if len(o.Tenants) == 0 {
		next = "/connect?imported=1"
	}
	s.moved(w, r, next)
	return nil
}

// groupedNumber is a number in groups of three, as people of many countries write it.
var groupedNumber = regexp.MustCompile(`^\d{1,3}(?:[,. ]\d{3})+$`)

// acceptOf is the number that a person vouches for; nil where none is given.
func acceptOf(f url.Values, what string) (*int, error) {
	text := strings.TrimSpace(firstOf(f["accept"]...))
	if text == "" {
		return nil, nil
	}
	if groupedNumber.MatchString(text) {
		text = strings.NewReplacer(",", "", ".", "", " ", "").Replace(text)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil, &app.Error{Kind: app.KindUsage, Text: "The number of " + what + " is not a number.", Do: "Type it in digits.", Field: app.FieldAccept}
	}
	return &n, nil
}

// membersImport brings a list of members in, as a new tenant or as a newer list.
func (s *site) membersImport(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f := r.PostForm
	c, err := s.picks.get(f.Get("file"))
	if err != nil {
		return err
	}
	s.picks.remember(c.id, f)
	list := newReading(f, c.words).members(c)
	list.ExportedBy, list.Screen, list.Filter = f.Get("by"), f.Get("screen"), f.Get("filter")
	if list.ExportedAt, err = exportedAt(f.Get("at"), s.now()); err != nil {
		return err
	}
	if list.AcceptShrink, err = acceptOf(f, "accounts"); err != nil {
		return err
	}
	id := f.Get("tenant")
	var got app.Sync
	if id == "" {
		var t app.Tenant
		t, got, err = s.app.AddFileTenant(r.Context(), f.Get("name"), list)
		id = t.ID
	} else {
		got, err = s.app.ImportFile(r.Context(), id, list)
	}
	if err != nil {
		return err
	}
	if !got.Sealed && f.Get("tenant") != "" {
		s.render(w, r, http.StatusConflict, shrunkNote(shrunk{problems(got.Problems), "accounts", !f.Has("accept")}))
		return nil
	}
	s.picks.drop(c.id)
	s.moved(w, r, progressURL(id))
	return nil
}

func wordID(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return "state-" + strconv.FormatUint(h.Sum64(), 36)
}
