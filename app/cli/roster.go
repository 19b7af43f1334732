package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

type rosterCmd struct {
	Import rosterImportCmd `cmd:"" help:"Import the people from a CSV file. Any row in error rejects the whole file."`
	Show   rosterShowCmd   `cmd:"" help:"Show the roster in use and how its file is read."`
}

type rosterShowCmd struct{}

// Run shows the roster that was imported last.
func (c *rosterShowCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		r, err := a.Roster(s.ctx)
		switch {
		case err != nil:
			return err
		case r == nil && s.JSON:
			return nil
		case r == nil:
			s.printf("There is no roster.\n")
			s.hint("Next: %s\n", s.command("roster import", "FILE"))
			return nil
		case s.JSON:
			return s.object(r)
		}
		s.printf("Revision %d of %s, from %s, imported %s.\n", r.Revision, r.Source, r.File, when(r.Imported))
		s.rosterFacts(*r)
		s.problems("", r.Problems)
		return nil
	})
}

type rosterImportCmd struct {
	File         string            `arg:"" help:"CSV file."`
	Map          map[string]string `mapsep:"," placeholder:"FIELD=COLUMN,…" help:"Which column holds which field (number, name, first, last, email, username, manager, type, status, start, end), where the header does not say."`
	Source       string            `default:"hr" placeholder:"NAME" help:"Name of this roster (default hr)."`
	Key          string            `placeholder:"COLUMN" help:"Column that identifies a person, instead of the employee number."`
	TZ           string            `name:"tz" placeholder:"ZONE" help:"Time zone of the dates, e.g. Europe/Berlin (default: the last import's, else UTC)."`
	StatusMap    map[string]string `mapsep:"," placeholder:"TEXT=STATE,…" help:"What the file's status texts mean: active, on leave, pre-hire or left."`
	Encoding     string            `placeholder:"E" help:"Text encoding, e.g. utf-8 or windows-1252 (default: detected)."`
	Contents     string            `enum:",active-only,includes-leavers" default:"" placeholder:"WHAT" help:"What the file lists: active-only (who is missing from a newer file is presumed to have left) or includes-leavers (default: the last import's, else includes-leavers)."`
	AcceptShrink int               `placeholder:"N" help:"Accept the roster of N people, though it shrank or lacks many of those before."`
}

// Validate checks what can be known without the file.
func (c *rosterImportCmd) Validate() error {
	if c.AcceptShrink < 0 {
		return errors.New("--accept-shrink must be a number of people")
	}
	for text, state := range c.StatusMap {
		if !validStatus(reconcile.Status(state)) {
			return fmt.Errorf("--status-map %s=%s: the state must be active, on leave, pre-hire or left", text, state)
		}
	}
	if column, ok := c.Map[""]; ok {
		return fmt.Errorf("--map =%s: the field is missing", column)
	}
	return nil
}

func validStatus(s reconcile.Status) bool {
	switch s {
	case reconcile.StatusActive, reconcile.StatusOnLeave, reconcile.StatusPreHire, reconcile.StatusLeft:
		return true
	}
	return false
}

// Run imports the roster; a revision that is held exits 3.
func (c *rosterImportCmd) Run(s *session) error {
	return s.begin(func(a *app.App) error {
		given := app.RosterImport{
			File: c.File, Map: c.Map, Source: c.Source, Key: c.Key, TimeZone: c.TZ,
			StatusMap: c.StatusMap, Encoding: c.Encoding, AcceptShrink: c.AcceptShrink, Contents: c.Contents,
		}
		r, err := a.ImportRoster(s.ctx, given)
		if err != nil {
			return err
		}
		if s.JSON {
			err = s.object(r)
		} else {
			s.printRoster(filepath.Base(c.File), r)
			if !r.Held {
				s.statusTexts(a, given)
			}
		}
		switch {
		case err != nil:
			return err
		case r.Held:
			return errNotHeld
		}
		return s.afterRoster(a)
	})
}

// printRoster says what came of a file. A roster that is held shows the
// revision that stays in use.
func (s *session) printRoster(file string, r app.Roster) {
	if r.Held {
		s.printf("%s %s was read and not put to use.\n", s.look.bad("HELD"), file)
		s.problems("", r.Problems)
		s.printf("In use is revision %d of %s, from %s:\n", r.Revision, r.Source, r.File)
	} else {
		s.printf("Imported %s as revision %d of %s.\n", r.File, r.Revision, r.Source)
	}
	s.rosterFacts(r)
	if !r.Held {
		s.problems("", r.Problems)
	}
}

// statusTexts says what each text of the status column was read as. The roster is
// imported: a file that is gone since is no failure.
func (s *session) statusTexts(a *app.App, given app.RosterImport) {
	p, err := a.PreviewRoster(s.ctx, given)
	if err != nil {
		return
	}
	for _, state := range p.States {
		var texts []string
		for _, w := range p.Words {
			if w.State == state {
				texts = append(texts, fmt.Sprintf("'%s' (%d)", w.Text, w.Rows))
			}
		}
		if len(texts) > 0 {
			s.printf("  Read as %s: %s\n", state, strings.Join(texts, ", "))
		}
	}
}

// suggestTenant says how to go on without a tenant.
func (s *session) suggestTenant() {
	s.suggest("Next", "tenant add", "NAME", "--url=URL", "--token-env=VAR")
}

// afterRoster says how to go on: there is nothing to sync without a tenant.
func (s *session) afterRoster(a *app.App) error {
	there, err := a.AnyTenant(s.ctx)
	switch {
	case err != nil:
	case there:
		s.suggest("Next", "sync")
	default:
		s.suggestTenant()
	}
	return err
}

// rosterFacts prints what is in use and how it was read.
func (s *session) rosterFacts(r app.Roster) {
	if r.Contents == app.ContentsActive {
		s.printf("  People     %d listed; %d left or presumed to have\n", r.People, r.Leavers)
	} else {
		s.printf("  People     %d, of them %d left\n", r.People, r.Leavers)
	}
	s.printf("  Lists      %s\n", r.Contents)
	s.printf("  Time zone  %s\n", r.TimeZone)
	s.printf("  SHA-256    %s\n", r.SHA256)
	if r.Key != "" {
		s.printf("  Key        %s\n", r.Key)
	}
	if r.Encoding != "" {
		s.printf("  Encoding   %s\n", r.Encoding)
	}
	var read []string
	for _, field := range slices.Sorted(maps.Keys(r.Columns)) {
		read = append(read, field+" from "+strings.Join(r.Columns[field], ", "))
	}
	if len(read) > 0 {
		s.printf("  Columns    %s\n", strings.Join(read, "; "))
	}
	var states []string
	for _, text := range slices.Sorted(maps.Keys(r.StatusMap)) {
		states = append(states, text+"="+r.StatusMap[text])
	}
	if len(states) > 0 {
		s.printf("  Statuses   %s\n", strings.Join(states, ", "))
	}
	if len(r.Dropped) > 0 {
		s.printf("  Columns that were not stored: %s\n", strings.Join(r.Dropped, ", "))
	}
}
