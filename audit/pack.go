package audit

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

//go:embed readme.txt
var readmeForm string

// PackOptions says what goes into a pack.
type PackOptions struct {
	// Choose says whether an entry's text goes into the pack; nil: every one.
	// It is called once for each entry, in order. Changes of key always go in.
	Choose  func(Stored) bool
	Filter  string // what Choose chooses, for people; at most 8 KiB
	Program string // name and version of the program; at most 8 KiB

	// Words says in one sentence what a chosen entry says; README.txt then lists
	// them, where they are at most mostWorded. nil: no list.
	Words func(Stored) (string, error)
}

// PackSummary is what a pack came to.
type PackSummary struct {
	Entries     int64  // in the log
	Bodies      int64  // whose text is in the pack
	Erased      int64  // personal values and blobs of those that are gone
	Bytes       int64  // of the file
	SHA256      string // of the file, in hex
	Fingerprint string
	Key         string // the verifier key
	Checkpoint  SignedCheckpoint
}

// ErrPackTooLarge means that the pack would exceed what its form can hold.
var ErrPackTooLarge = errors.New("the pack would exceed 4 GiB: choose fewer entries")

// ErrChanged means that something was erased while the pack was written. What
// was written so far is not a pack.
var ErrChanged = errors.New("the record changed while the pack was written: write it again")

// WritePack signs a checkpoint and writes an evidence pack of the record as it
// stands. It reads the record several times, and holds none of it in memory, so
// that the file can be written from front to back.
func WritePack(ctx context.Context, w io.Writer, l *Log, o PackOptions) (PackSummary, error) {
	c, err := l.Checkpoint(ctx)
	if err != nil {
		return PackSummary{}, fmt.Errorf("signing the pack's checkpoint: %w", err)
	}
	p := packer{ctx: ctx, log: l, opts: o, checkpoint: c, manifest: manifest{format: packV2, logID: l.LogID(),
		entries: c.Size, made: l.opts.Now().UTC().Truncate(time.Millisecond), program: o.Program, filter: o.Filter}}
	if err := p.survey(); err != nil {
		return PackSummary{}, fmt.Errorf("measuring the pack: %w", err)
	}
	out := newMeter(w)
	if err := p.write(out); err != nil {
		return PackSummary{}, fmt.Errorf("writing the pack: %w", err)
	}
	key := l.key.Verifier()
	sum := out.member("").sum
	return PackSummary{Entries: c.Size, Bodies: p.manifest.bodies, Erased: p.erased, Bytes: out.size,
		SHA256: hex.EncodeToString(sum[:]), Fingerprint: Fingerprint(key), Key: key, Checkpoint: c}, nil
}

// packer writes one pack: survey measures every member, write repeats them.
type packer struct {
	ctx        context.Context
	log        *Log
	opts       PackOptions
	checkpoint SignedCheckpoint
	manifest   manifest
	signed     []byte // the manifest
	chosen     []span
	erased     int64
	members    []member
	happened   string // what README.txt says of the chosen entries
}

// span is a run of chosen entries, both ends included.
type span struct{ from, to int64 }

func (s span) String() string {
	if s.from == s.to {
		return strconv.FormatInt(s.from, 10)
	}
	return fmt.Sprintf("%d-%d", s.from, s.to)
}

// survey reads the record once to choose and measure, then signs the manifest.
func (p *packer) survey() error {
	sizes := map[string]member{}
	table, bodies, opens := newMeter(nil), newMeter(nil), newMeter(nil)
	rows := rowsOf(p.manifest.format)
	_, _ = io.WriteString(table, tableHead)
	err := p.log.Entries(p.ctx, 0, p.checkpoint.Size, func(s Stored) error {
		if tlog.RecordHash(s.Body) != tlog.Hash(s.Leaf) {
			return damageAt(s.Seq, ReasonLeaf)
		}
		if p.opts.Choose != nil && !p.opts.Choose(s) && s.Type != TypeRekeyed {
			return nil
		}
		p.choose(s)
		return errors.Join(rows.row(table, s), writeBody(bodies, s.Row), writeOpenings(opens, s))
	})
	if err != nil {
		return err
	}
	sizes[nameTable], sizes[nameBodies] = table.member(nameTable), bodies.member(nameBodies)
	sizes[nameOpenings] = opens.member(nameOpenings)
	if p.happened, err = p.sentences(); err != nil {
		return err
	}
	return p.measure(sizes)
}

func (p *packer) choose(s Stored) {
	p.manifest.bodies++
	p.erased += int64(s.erased)
	if n := len(p.chosen); n > 0 && p.chosen[n-1].to == s.Seq-1 {
		p.chosen[n-1].to = s.Seq
		return
	}
	p.chosen = append(p.chosen, span{s.Seq, s.Seq})
}

// measure fills in the members that survey has not measured yet.
func (p *packer) measure(sizes map[string]member) (err error) {
	for i, name := range packNames {
		m, done := sizes[name]
		if !done {
			if name == nameManifest {
				if p.signed, err = p.manifest.sign(p.log.key); err != nil {
					return err
				}
			}
			meter := newMeter(nil)
			if err := p.emit(name, meter); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			m = meter.member(name)
		}
		if m.size > maxPack {
			return ErrPackTooLarge
		}
		p.members = append(p.members, m)
		if i < len(p.manifest.sums) {
			p.manifest.sums[i] = m.sum
		}
	}
	if !place(p.members) {
		return ErrPackTooLarge
	}
	return nil
}

// write repeats every member behind its header and compares it with what was
// measured.
func (p *packer) write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 256<<10)
	for _, m := range p.members {
		if _, err := out.Write(m.head()); err != nil {
			return err
		}
		again := newMeter(out)
		if err := p.emit(m.name, again); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if again.size != m.size || again.member(m.name).sum != m.sum {
			return ErrChanged
		}
	}
	if _, err := out.Write(tail(p.members)); err != nil {
		return err
	}
	return out.Flush()
}

// emit writes the contents of one member.
func (p *packer) emit(name string, w io.Writer) error {
	switch name {
	case nameReadme:
		return text(w, p.readme())
	case nameTable:
		return errors.Join(text(w, tableHead), p.each(func(s Stored) error { return rowsOf(p.manifest.format).row(w, s) }))
	case nameBodies:
		return p.each(func(s Stored) error { return writeBody(w, s.Row) })
	case nameOpenings:
		return p.each(func(s Stored) error { return writeOpenings(w, s) })
	case nameChosen:
		return p.writeChosen(w)
	case nameLeaves:
		return p.writeLeaves(w)
	case nameCheckpoint:
		return text(w, string(p.checkpoint.Note))
	case nameKey:
		return text(w, p.log.key.Verifier()+"\n")
	default: // nameManifest
		return text(w, string(p.signed))
	}
}

func text(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

func (p *packer) readme() string {
	filter := p.opts.Filter
	if filter == "" {
		filter = "(no filter named)"
	}
	key := p.log.key.Verifier()
	return strings.NewReplacer("{{log}}", p.manifest.logID,
		"{{entries}}", strconv.FormatInt(p.manifest.entries, 10),
		"{{bodies}}", strconv.FormatInt(p.manifest.bodies, 10),
		"{{filter}}", line(filter), "{{made}}", p.manifest.made.Format(timeForm),
		"{{program}}", line(p.opts.Program), "{{key}}", key, "{{fingerprint}}", Fingerprint(key)).Replace(readmeForm) + p.happened
}

// Up to how many entries a pack's README.txt lists in words, and how much of a
// sentence: it is read from above, and held in memory.
const (
	mostWorded   = 1000
	mostSentence = 500 // runes
)

const happenedHead = `

WHAT HAPPENED

The entries in here as Rollcall words them. This list is for reading: the
program compares it with nothing but the manifest. What counts is entries.jsonl.

`

// sentences are the last chapter of README.txt.
func (p *packer) sentences() (string, error) {
	if p.opts.Words == nil {
		return "", nil
	}
	if p.manifest.bodies > mostWorded {
		return happenedHead + fmt.Sprintf("  %d entries are too many for this list, which holds %d; see entries.csv.\n", p.manifest.bodies, mostWorded), nil
	}
	var b strings.Builder
	b.WriteString(happenedHead)
	err := p.each(func(s Stored) error {
		words, err := p.opts.Words(s)
		if actor := shown(s.Actor); actor != "" {
			words += ", by " + actor
		}
		fmt.Fprintf(&b, "  %d  %s  %s\n", s.Seq, s.Time.Format(timeForm), sentence(words))
		return err
	})
	return b.String(), err
}

// sentence keeps text on one line, without what acts on a terminal, and short.
func sentence(text string) string {
	short := []rune(escapeUnseen(line(text)))
	if len(short) > mostSentence {
		return string(short[:mostSentence]) + " …"
	}
	return string(short)
}

// line keeps a caller's text on one line.
func line(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
}

// each yields the chosen entries again.
func (p *packer) each(yield func(Stored) error) error {
	for _, s := range p.chosen {
		if err := p.log.Entries(p.ctx, s.from, s.to+1, yield); err != nil {
			return err
		}
	}
	return nil
}

// writeBody writes one line of entries.jsonl. Canonical JSON holds no line feed.
func writeBody(w io.Writer, r Row) error {
	if _, err := w.Write(r.Body); err != nil {
		return err
	}
	return text(w, "\n")
}

func (p *packer) writeChosen(w io.Writer) error {
	for _, s := range p.chosen {
		if err := text(w, s.String()+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// writeLeaves writes every leaf hash, from the full tiles and the entries behind
// them, and makes sure that they are what the checkpoint says.
func (p *packer) writeLeaves(w io.Writer) error {
	e := &edge{}
	full := p.checkpoint.Size / tileWidth
	for n := range full {
		data, err := readTile(p.ctx, p.log.store, 0, n)
		if err != nil {
			return err
		}
		for i := 0; i < len(data); i += tlog.HashSize {
			e.add(tlog.Hash(data[i : i+tlog.HashSize]))
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	err := p.log.store.Rows(p.ctx, full*tileWidth, p.checkpoint.Size, func(r Row) error {
		e.add(r.Leaf)
		_, err := w.Write(r.Leaf[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("reading entries from %d: %w", full*tileWidth, err)
	}
	c, err := ReadCheckpoint(p.checkpoint.Note)
	if err == nil && (e.size != c.Size || e.root() != tlog.Hash(c.Root)) {
		return &DamageError{Reason: ReasonRoot}
	}
	return err
}
