package frontend

import (
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

// previewView is what a file shows, and how it is read.
type previewView struct {
	File     string // id
	Name     value
	Facts    string
	Import   string // the button
	Fields   []fieldView
	Key      fieldView
	Dates    choiceView
	Zeros    choiceView
	Encoding string
	Source   string
	Zone     string
	Contents string
	Words    []wordView
	Head     []value
	Lines    [][]value
	Dropped  []value
	Warnings []value
	Problem  *failure
	Held     *shrunk // it waits for a person's word
	Accept   string  // the word, as it is typed
	Errors   []value
	More     string
	Members  bool
}

// fieldView is a field with the columns that it can be read from.
type fieldView struct {
	ID, Label string
	Needed    bool
	Options   []optionView
}

// optionView is one choice.
type optionView struct {
	Value    string
	Label    value
	Selected bool
}

// choiceView is a few fixed choices.
type choiceView struct{ Value string }

// wordView is a text of the status column.
type wordView struct {
	ID      string // of its select, and its name: of the text, so that it stays with it wherever the row goes
	Shown   value
	Rows    string
	Unknown bool
	Options []optionView
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
		if err != nil {
			return err
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

func newPreviewView(c chosen, p app.FilePreview, how readingOf, to filePurpose) previewView {
	v := previewView{
		File: c.id, Name: row(c.name), Members: to.members, Source: p.Source, Zone: p.TimeZone, Contents: p.Contents,
		Encoding: how.Encoding, Dates: choiceView{how.chosen.Get("dates")}, Zeros: choiceView{how.chosen.Get("zeros")}, Import: "Import " + many(p.Rows, "person", "people"),
		Dropped: rows(p.Dropped, 60), Warnings: make([]value, 0, len(p.Warnings)),
	}
	switch {
	case p.Rows == 0:
		v.Import = "Import"
	case to.members:
		v.Import = "Import " + accountsOf(p.Rows)
	}
	v.Facts = factsOf(p)
	for _, text := range p.Warnings {
		v.Warnings = append(v.Warnings, told(text))
	}
	v.Fields = fieldsOf(p, how, to)
	v.Key = keyField(p, how)
	words := slices.Clone(p.Words) // a row must not move because of what is chosen in it
	slices.SortStableFunc(words, func(a, b app.PreviewWord) int { return strings.Compare(a.Text, b.Text) })
	for _, word := range words {
		v.Words = append(v.Words, newWord(word, p.States, how))
	}
	for _, col := range p.Used {
		v.Head = append(v.Head, row(firstOf(fieldLabels[col.Field], col.Field)))
	}
	for _, line := range p.Head {
		v.Lines = append(v.Lines, rows(line, 40))
	}
	v.complain(p)
	if p.Held != nil && v.Problem == nil {
		v.Held, v.Accept = &shrunk{Problems: problems([]app.Problem{*p.Held}), What: peopleOrAccounts(to)}, how.chosen.Get("accept")
	}
	return v
}

// complain says why the file cannot be imported like this: in the words of the
// import, with its rows one by one.
func (v *previewView) complain(p app.FilePreview) {
	if p.Problem == nil {
		return
	}
	f := failureOf(p.Problem)
	if len(p.Lines) > 0 {
		f.Lines = nil
		for _, line := range p.Lines {
			v.Errors = append(v.Errors, told(line))
		}
		if p.More > 0 {
			v.More = "and " + count(p.More) + " more"
		}
	}
	if slices.ContainsFunc(v.Words, func(w wordView) bool { return w.Unknown }) {
		f.Do = prose("Say below what each text means; correct anything else in the file and choose it again.")
	}
	v.Problem = &f
}

func factsOf(p app.FilePreview) string {
	var facts []string
	if p.Rows > 0 || p.Problem == nil { // otherwise none was read so far
		facts = append(facts, many(p.Rows, "row"))
	}
	if p.Encoding != "" {
		facts = append(facts, p.Encoding)
	}
	if p.Separator != "" {
		facts = append(facts, "separated by "+p.Separator)
	}
	if p.Dates != "" {
		facts = append(facts, "dates "+p.Dates)
	}
	return strings.Join(facts, " · ")
}

func fieldsOf(p app.FilePreview, how readingOf, to filePurpose) []fieldView {
	var out []fieldView
	for _, id := range p.Fields {
		found := foundFor(p, id)
		label := "not in the file"
		if found != "" {
			label = found
		}
		chosen := firstOf(how.chosen.Get("map."+id), asFound)
		if chosen != asFound {
			label = "as found"
		}
		f := fieldView{ID: id, Label: fieldLabels[id], Needed: id == "number" && !to.members || to.members && id == p.Key}
		f.Options = append(f.Options, optionView{asFound, row(label), chosen == asFound}, optionView{notRead, row("not read"), chosen == notRead})
		for _, col := range columnsIn(p) {
			f.Options = append(f.Options, optionView{col, row(col), chosen == col})
		}
		out = append(out, f)
	}
	return out
}

// mostColumns are offered; a file with more is mapped in the terminal.
const mostColumns = 200

func columnsIn(p app.FilePreview) []string { return p.Columns[:min(len(p.Columns), mostColumns)] }

func foundFor(p app.FilePreview, field string) string {
	var names []string
	for _, c := range p.Used {
		if c.Field == field {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

func keyField(p app.FilePreview, how readingOf) fieldView {
	chosen := how.chosen.Get("key")
	f := fieldView{ID: "key", Label: "Who is who", Options: []optionView{{"", row(firstOf(p.Key, "the employee number")), chosen == ""}}}
	for _, col := range columnsIn(p) {
		f.Options = append(f.Options, optionView{col, row(col), chosen == col})
	}
	return f
}

func newWord(w app.PreviewWord, states []string, how readingOf) wordView {
	chosen := how.Words[w.Text]
	v := wordView{ID: wordID(w.Text), Shown: row(w.Text), Rows: many(w.Rows, "row"), Unknown: w.State == ""}
	first := "say what it means"
	if w.State != "" {
		first = w.State
	}
	if chosen == "" {
		v.Options = append(v.Options, optionView{"", row(first), true})
	} else {
		v.Options = append(v.Options, optionView{"", row("as found"), false})
	}
	for _, s := range states {
		if s != w.State || chosen != "" {
			v.Options = append(v.Options, optionView{s, row(s), s == chosen})
		}
	}
	return v
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
		return nil, &app.Error{Kind: app.KindUsage, Text: "The number of " + what + " is not a number.", Do: "Type it in digits."}
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
