package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// connectView is the ways to get data in, and how far one has come.
type connectView struct {
	Steps    []stepView // nil once all are done
	Empty    bool       // nothing is connected and there is no roster
	Demo     bool       // the demo can be tried from here
	InDemo   bool
	Locked   bool          // the secrets wait for a passphrase
	Fresh    bool          // ... that is yet to be chosen
	Roster   bool          // there is one
	Tenants  bool          // there are some
	Imported *importedView // a roster was just imported
}

// importedView is what an import brought, and what comes next.
type importedView struct {
	Words, Next, Href, Link string
}

// newImported is about the roster that was just imported; nil without one.
func newImported(o app.Overview) *importedView {
	if o.Roster == nil {
		return nil
	}
	v := importedView{Words: many(o.Roster.People, "person", "people") + ", " + count(o.Roster.Leavers) + " left"}
	leavers, orphans, findings := o.ByKind[reconcile.KindLeaver], o.ByKind[reconcile.KindOrphaned], o.Frame().Findings
	switch {
	case len(o.Tenants) == 0:
		v.Next = "Next: the first tenant, over SCIM or by a list of its members."
	case unjudged(o) != "":
		v.Next, v.Href, v.Link = "Next: a complete list of a tenant.", "/tenants", "See the tenants"
	case leavers > 0:
		v.Next, v.Href, v.Link = many(leavers, "account")+" of people who left "+isAre(leavers)+" still active.", filter{Kind: reconcile.KindLeaver}.url(""), "Review leavers"
	case orphans > 0:
		v.Next, v.Href, v.Link = many(orphans, "account")+" "+isAre(orphans)+" without a person.", filter{Kind: reconcile.KindOrphaned}.url(""), "Review orphans"
	case findings > 0:
		v.Next, v.Href, v.Link = many(findings, "finding")+" to look at.", filter{}.url(""), "All findings"
	default:
		v.Next, v.Href, v.Link = newReserve(o, allKinds()...).sentence("Nobody who left has an active account, and every active account has a person."), "/people", "See the people"
	}
	return &v
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// stepView is a line of the checklist.
type stepView struct {
	Label, Note string
	Done        bool
	Href        string // where it is done; "" where nothing is to do yet
}

func (s *site) connectShow(w http.ResponseWriter, r *http.Request) error {
	shell, o, err := s.shellOver(r.Context(), "Connect", "tenants")
	if err != nil {
		return err
	}
	v := s.newConnect(o)
	if r.URL.Query().Has("imported") {
		v.Imported = newImported(o)
	}
	s.render(w, r, http.StatusOK, connectPage(shell, v))
	return nil
}

func (s *site) newConnect(o app.Overview) connectView {
	v := connectView{Steps: checklist(o), Empty: len(o.Tenants) == 0 && o.Roster == nil, Roster: o.Roster != nil, Tenants: len(o.Tenants) > 0, InDemo: o.Demo}
	v.Demo = v.Empty && s.demo != nil && !o.Demo
	if s.app != nil {
		v.Locked, v.Fresh = s.app.NeedsPassphrase(), s.app.NewPassphrase()
	}
	return v
}

// checklist is the way from nothing to the first findings; nil once it is done.
func checklist(o app.Overview) []stepView {
	sealed := 0
	for _, t := range o.Tenants {
		if t.Sync != nil && t.Sync.Sealed {
			sealed++
		}
	}
	judged := o.Roster != nil && sealed > 0
	if judged {
		return nil
	}
	steps := []stepView{
		{Label: "Roster imported", Done: o.Roster != nil, Note: "the list of people", Href: "/connect/roster"},
		{Label: "First tenant connected", Done: len(o.Tenants) > 0, Note: "over SCIM, or by a list of its members", Href: "/connect"},
		{Label: "First complete list", Done: sealed > 0, Note: "of a tenant's accounts"},
		{Label: "First findings", Note: "who has nobody to answer for them"},
	}
	if len(o.Tenants) > 0 {
		steps[2].Href = progressURL(o.Tenants[0].ID)
	}
	return steps
}

// progressURL is the page that follows a tenant's first list.
func progressURL(tenant string) string { return tenantURL(tenant, "progress") }

// progressView is what becomes of a tenant's list, up to its findings.
type progressView struct {
	Name     value
	ID       string
	File     bool
	Job      *jobView
	Sync     *syncLine
	Problems []problemView
	Accounts string
	Found    []foundView
	Roster   bool // there is one to judge against
	Findings string
}

// foundView is how many findings there are of a kind.
type foundView struct {
	Label, N, Tone, Href string
}

// progressShow follows the sync of a tenant that was just added; it asks again
// while that runs.
func (s *site) progressShow(w http.ResponseWriter, r *http.Request) error {
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	shell, o, err := s.shellOver(r.Context(), visible(t.Name, rowMax), "tenants")
	if err != nil {
		return err
	}
	v := newProgress(t, o, s.now())
	if wants(r, "progress") {
		s.render(w, r, http.StatusOK, progressPart(v))
		return nil
	}
	s.render(w, r, http.StatusOK, progressPage(shell, v))
	return nil
}

func newProgress(t app.Tenant, o app.Overview, now time.Time) progressView {
	v := progressView{Name: row(t.Name), ID: t.ID, File: isFile(t), Roster: o.Roster != nil, Accounts: accountsOf(t.Accounts)}
	for _, p := range o.Busy {
		if p.Tenant == t.Name {
			j := jobOf(p, now)
			v.Job = &j
		}
	}
	if v.Job != nil {
		return v
	}
	for _, d := range o.ToDo {
		if d.Tenant == t.Name {
			v.Problems = append(v.Problems, problemView{told(d.Text, t.Name), told(d.Do, t.Name)})
		}
	}
	if t.Sync == nil {
		return v
	}
	line := newSyncLine(*t.Sync, isFile(t), now)
	v.Sync = &line
	if !t.Sync.Sealed || o.Roster == nil {
		return v
	}
	v.Findings = filter{Tenant: t.Name}.url("")
	for _, f := range []struct {
		kind reconcile.Kind
		n    int
	}{
		{reconcile.KindLeaver, t.Leavers}, {reconcile.KindOrphaned, t.Orphaned}, {reconcile.KindDisputed, t.Disputed},
		{reconcile.KindCollision, t.Collisions}, {reconcile.KindEntitled, t.Entitled},
	} {
		if f.n > 0 {
			w := wordsFor(f.kind)
			v.Found = append(v.Found, foundView{Label: w.Badge, N: count(f.n), Tone: w.Tone, Href: filter{Tenant: t.Name, Kind: f.kind}.url("")})
		}
	}
	return v
}

// unlockView is the question for the passphrase.
type unlockView struct {
	Fresh bool
	Open  bool   // nothing to ask
	Back  string // where one was
}

// passphraseWords are those of the way to the passphrase.
func passphraseWords(fresh bool) string {
	if fresh {
		return "Choose a passphrase"
	}
	return "Give the passphrase"
}

// localPath is the part of an address that leads to a page of this program; ""
// where it does not.
func localPath(address string) string {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return ""
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

func (s *site) unlockShow(w http.ResponseWriter, r *http.Request) error {
	shell, _, err := s.shellOf(r.Context(), "Unlock", "")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, unlockPage(shell, unlockView{Fresh: s.app.NewPassphrase(), Open: !s.app.NeedsPassphrase(), Back: localPath(r.URL.Query().Get("back"))}))
	return nil
}

// unlock takes the passphrase. It stays in memory, and no page repeats it.
func (s *site) unlock(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	phrase := r.PostForm.Get("passphrase")
	if s.app.NewPassphrase() && phrase != r.PostForm.Get("again") {
		return forget(w, &app.Error{Kind: app.KindUsage, Text: "The two passphrases differ.", Do: "Type both again; nothing was stored.", Field: app.FieldPassphrase})
	}
	if err := s.app.Unlock(r.Context(), phrase); err != nil {
		return forget(w, err)
	}
	s.moved(w, r, firstOf(localPath(r.PostForm.Get("back")), "/connect"))
	return nil
}

// forget has the page empty its fields for secrets, so that none of them stays
// behind beside an error.
func forget(w http.ResponseWriter, err error) error {
	w.Header().Set("HX-Trigger", "rollcall-forget")
	return err
}
