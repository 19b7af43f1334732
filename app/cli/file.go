package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// fileFlags say how a file of accounts is read and who vouches for it.
type fileFlags struct {
	Map          map[string]string `mapsep:"," placeholder:"FIELD=COLUMN,…" help:"Which column of the file holds which field (id, username, email, name, first, last, number, status, groups, lastseen), where the header does not say."`
	StatusMap    map[string]string `mapsep:"," placeholder:"TEXT=STATE,…" help:"What the file's status texts mean: active or inactive."`
	Encoding     string            `placeholder:"E" help:"Text encoding of the file (default: detected)."`
	ExportedBy   string            `placeholder:"WHO" help:"Who exported the file. Recorded; asked on a terminal."`
	ExportedAt   exportTime        `placeholder:"TIME" help:"When: now, 2026-01-31, \"2026-01-31 18:00\" (local) or 2026-01-31T18:00:00+01:00. Recorded; asked on a terminal."`
	Screen       string            `placeholder:"TEXT" help:"From which screen of the service. Recorded."`
	Filter       string            `placeholder:"TEXT" help:"With which filter set there. Recorded."`
	AcceptShrink *int              `placeholder:"N" help:"Accept the list of N accounts, though it shrank or lacks many of those before."`
}

// check says what the flags cannot mean together.
func (c *fileFlags) check() error {
	for text, state := range c.StatusMap {
		if s := reconcile.Active(state); s != reconcile.ActiveTrue && s != reconcile.ActiveFalse {
			return fmt.Errorf("--status-map %s=%s: the state must be active or inactive", text, state)
		}
	}
	if column, ok := c.Map[""]; ok {
		return fmt.Errorf("--map =%s: the field is missing", column)
	}
	if c.AcceptShrink != nil && *c.AcceptShrink < 0 {
		return errors.New("--accept-shrink must be a number of accounts")
	}
	return nil
}

// given says whether any of the flags was.
func (c *fileFlags) given() bool {
	return len(c.Map) > 0 || len(c.StatusMap) > 0 || c.Encoding != "" || c.ExportedBy != "" || !c.ExportedAt.IsZero() ||
		c.Screen != "" || c.Filter != "" || c.AcceptShrink != nil
}

// exportTime is when a file was exported.
type exportTime struct{ time.Time }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *exportTime) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "now" {
		t.Time = time.Now()
		return nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if parsed, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			t.Time = parsed
			return nil
		}
	}
	parsed, _, err := parseMoment(s)
	if err != nil {
		return fmt.Errorf("%q is no time; write now, 2026-01-31, \"2026-01-31 18:00\" or 2026-01-31T18:00:00+01:00", s)
	}
	t.Time = parsed
	return nil
}

// request completes the flags: a file cannot prove that it is complete, so a
// person is asked who stands behind it.
func (c *fileFlags) request(s *session, file string) (app.FileImport, error) {
	if err := c.ask(s); err != nil {
		return app.FileImport{}, err
	}
	return app.FileImport{
		File: file, Map: c.Map, StatusMap: c.StatusMap, Encoding: c.Encoding, ExportedBy: c.ExportedBy, ExportedAt: c.ExportedAt.Time,
		Screen: c.Screen, Filter: c.Filter, AcceptShrink: c.AcceptShrink,
	}, nil
}

func (c *fileFlags) ask(s *session) error {
	if !s.env.StdinIsTerminal {
		if c.ExportedBy == "" || c.ExportedAt.IsZero() {
			return usage("Who exported the file and when is not said, and there is no terminal to ask on.", "Give --exported-by and --exported-at; the record keeps them.")
		}
		return nil
	}
	var at string
	questions := []struct {
		prompt string
		answer *string
	}{
		{"Who exported the file: ", &c.ExportedBy},
		{"When (now, or 2026-01-31 18:00): ", &at},
		{"From which screen of the service: ", &c.Screen},
		{"With which filter set there: ", &c.Filter},
	}
	for _, q := range questions {
		if *q.answer != "" || q.answer == &at && !c.ExportedAt.IsZero() {
			continue
		}
		answer, err := s.askLine(q.prompt)
		if err != nil {
			return err
		}
		*q.answer = strings.TrimSpace(answer)
	}
	if at == "" {
		return nil // the service says what is missing
	}
	if err := c.ExportedAt.UnmarshalText([]byte(at)); err != nil {
		return usage("The export time: "+err.Error()+".", "Nothing was imported.")
	}
	return nil
}

type tenantImportCmd struct {
	Name string `arg:"" help:"Tenant without SCIM."`
	File string `arg:"" help:"Its newer list of accounts, a CSV file."`
	fileFlags
}

// Validate checks what the flags mean together.
func (c *tenantImportCmd) Validate() error { return c.check() }

// Run imports the file; a list that is held back exits 3.
func (c *tenantImportCmd) Run(s *session) error {
	f, err := c.request(s, c.File)
	if err != nil {
		return err
	}
	return s.with(func(a *app.App) error {
		r, err := a.ImportFile(s.ctx, c.Name, f)
		s.progress.clear()
		if err != nil {
			return err
		}
		if s.JSON {
			err = s.object(r)
		} else {
			s.printImport(r)
			err = s.unsettledSteps(a, r.TenantID)
		}
		if err == nil && !r.Sealed {
			err = errNotHeld
		}
		return err
	})
}

// unsettledSteps says which steps of the tenant the new list seems to settle and
// does not.
func (s *session) unsettledSteps(a *app.App, tenantID string) error {
	steps, err := a.Steps(s.ctx)
	for _, st := range steps {
		if st.TenantID == tenantID {
			s.stepDoubt(st)
		}
	}
	return err
}

// addFile adds a tenant without SCIM together with its first list.
func (c *tenantAddCmd) addFile(s *session) error {
	f, err := c.request(s, c.File)
	if err != nil {
		return err
	}
	return s.begin(func(a *app.App) error {
		t, r, err := a.AddFileTenant(s.ctx, c.Name, f)
		s.progress.clear()
		if err != nil {
			return err
		}
		if s.JSON {
			err = s.object(t)
		} else {
			s.printf("Added %s, a tenant without SCIM: nothing is ever sent to it.\n", t.Name)
			s.printImport(r)
		}
		if err == nil && !r.Sealed {
			err = errNotHeld
		}
		return err
	})
}

func (s *session) printImport(r app.Sync) {
	groups := ", groups not read"
	if r.GroupsSealed {
		groups = ", " + count(r.Groups, "group")
	}
	word := s.look.good("imported") // nobody can tell whether a file is complete
	if !r.Sealed {
		word = s.look.bad("HELD BACK")
	}
	s.printf("%s: %s, %s.\n", r.Tenant, count(r.Accounts, "account")+groups, word)
	s.printf("%s\n", r.Certificate)
	s.problems(r.Tenant, r.Problems)
	if r.Sealed {
		s.suggest("Next", "findings", "--tenant="+r.Tenant)
	}
}

// fileTenants says what a sync left out, and how old it is.
func (s *session) fileTenants(a *app.App) error {
	tenants, err := a.Tenants(s.ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if t.Source != app.SourceFile {
			continue
		}
		age := "no file of it was imported"
		if t.File != nil {
			age = "its file was exported " + ago(time.Since(t.File.ExportedAt)) + " ago"
		}
		s.hint("%s has no SCIM and was left out; %s.\n", t.Name, age)
		s.suggest("A newer one", "tenant import", positional(t.Name, "FILE")...)
	}
	return nil
}

// ago is an age in hours, from two days on in days.
func ago(d time.Duration) string {
	switch {
	case d < time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d.Hours())/24, "day")
}
