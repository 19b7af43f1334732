package cli

import (
	"errors"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"rollcall/app"
)

type recordCmd struct {
	List       recordListCmd       `cmd:"" help:"List entries, oldest first."`
	Export     recordExportCmd     `cmd:"" help:"Write an evidence pack that verifies offline. Recorded."`
	Checkpoint recordCheckpointCmd `cmd:"" help:"Sign the record as it stands and print the signed note."`
	Key        recordKeyCmd        `cmd:"" help:"Print the public key that signs the record, for whoever checks packs."`
	Rekey      recordRekeyCmd      `cmd:"" help:"Put a new key in place of a lost one. Recorded."`
}

// entryFilter chooses entries; a list and an export take the same one.
type entryFilter struct {
	Type   string   `placeholder:"TYPE" help:"Only entries of this type, e.g. action.outcome."`
	Group  string   `placeholder:"G" help:"Only of this group: actions, plans, decisions, syncs, settings or exports."`
	Tenant string   `placeholder:"N" help:"Only of this tenant."`
	Ticket string   `placeholder:"ID" help:"Only of this ticket."`
	Target string   `placeholder:"T" help:"Only about this account, person or file."`
	About  string   `placeholder:"WORDS" help:"Only where each of these words stands in the account, person or file."`
	Actor  string   `placeholder:"WHO" help:"Only by whom this stands in the name of."`
	Result string   `name:"outcome" placeholder:"O" help:"Only with this outcome: confirmed, confirmed-gone, failed, unknown or skipped."`
	From   fromTime `placeholder:"TIME" help:"From this day or time on."`
	To     toTime   `placeholder:"TIME" help:"Up to this day, included, or before this time."`
}

// Validate wants the period the right way round.
func (f *entryFilter) Validate() error {
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To.Time) {
		return errors.New("--to must lie after --from")
	}
	return nil
}

func (f *entryFilter) filter() app.EntryFilter {
	return app.EntryFilter{
		Type: f.Type, Tenant: f.Tenant, Ticket: f.Ticket, Target: f.Target,
		Group: f.Group, About: f.About, Actor: f.Actor, Outcome: f.Result,
		From: f.From.Time, To: f.To.Time, Limit: -1,
	}
}

type recordListCmd struct {
	entryFilter
	After int64 `default:"-1" placeholder:"SEQ" help:"Only entries after this one."`
	Limit int   `placeholder:"N" help:"At most N entries (default: all)."`
	formatFlag
}

// Validate checks the numbers.
func (c *recordListCmd) Validate() error {
	if c.After < -1 {
		return errors.New("--after must not be below -1")
	}
	if c.Limit < 0 {
		return errors.New("--limit must not be negative")
	}
	return c.entryFilter.Validate()
}

// Run lists the entries; JSON and CSV are written as they are read.
func (c *recordListCmd) Run(s *session) error {
	format, err := s.format(c.formatFlag)
	if err != nil {
		return err
	}
	f := c.filter()
	f.First = c.After + 1
	if c.Limit > 0 {
		f.Limit = c.Limit
	}
	return s.with(func(a *app.App) error {
		switch format {
		case "json":
			return a.Entries(s.ctx, f, func(e app.Entry) error { return s.object(e) })
		case "csv":
			return s.entriesSheet(a, f)
		default:
			return s.entriesTable(a, f)
		}
	})
}

func (s *session) entriesTable(a *app.App, f app.EntryFilter) error {
	t := newTable(">Seq", "Time", "Type", "~What", "~Actor", "~Ticket")
	err := a.Entries(s.ctx, f, func(e app.Entry) error {
		t.row(strconv.FormatInt(e.Seq, 10), when(e.Time), e.Type, e.What, e.Actor, e.Ticket)
		return nil
	})
	s.table(t)
	switch {
	case err != nil:
		return err
	case len(t.rows) == 0:
		s.printf("%s.\n", count(0, "entry"))
	default:
		s.printf("%s, numbered from 0.\n", count(len(t.rows), "entry"))
	}
	return nil
}

func (s *session) entriesSheet(a *app.App, f app.EntryFilter) error {
	sh := s.sheet("seq", "time", "type", "actor", "tenant", "tenant_id", "target", "ticket", "what", "data")
	err := a.Entries(s.ctx, f, func(e app.Entry) error {
		sh.row(strconv.FormatInt(e.Seq, 10), stamp(e.Time), e.Type, e.Actor, e.Tenant, e.TenantID, e.Target, e.Ticket, e.What, string(e.Data))
		return nil
	})
	if endErr := sh.end(); err == nil {
		err = endErr
	}
	return err
}

type recordExportCmd struct {
	File string `arg:"" help:"File to write."`
	entryFilter
}

// Run writes the pack.
func (c *recordExportCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		file, err := filepath.Abs(c.File)
		if err != nil {
			return err
		}
		info, err := a.Export(s.ctx, file, c.filter())
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(info)
		}
		s.printf("Wrote %s: %s of the record, %d with their text.\n", info.File, count(info.Entries, "entry"), info.Bodies)
		s.printf("  Entry        #%d, counted from 0\n", info.Seq)
		s.printf("  Size         %s\n", count(info.Bytes, "byte"))
		s.printf("  SHA-256      %s\n", info.SHA256)
		s.printf("  Fingerprint  %s\n", info.Fingerprint)
		s.printf("  Key          %s\n", info.Key)
		s.verifyHint(c.File, info.Key)
		return nil
	})
}

// verifyHint leaves out the workspace: a verifier needs none.
func (s *session) verifyHint(file, key string) {
	words, ok := app.ShellWords(runtime.GOOS, append([]string{"--key=" + key}, positional(file)...)...)
	if ok {
		s.hint("Anyone can check it, offline: rollcall verify %s\n", strings.Join(words, " "))
	}
}

type recordCheckpointCmd struct{}

// checkpointJSON is the JSON of record checkpoint.
type checkpointJSON struct {
	Note string `json:"note"`
}

// Run signs a checkpoint and prints the note as it is, to be kept in a file.
func (c *recordCheckpointCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		note, err := a.Checkpoint(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(checkpointJSON{string(note)})
		}
		_, err = s.out.Write(note)
		return err
	})
}
