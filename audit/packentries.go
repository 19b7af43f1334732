package audit

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// entryReader goes through the members that speak of single entries, all in
// the order of the log. The first thing that is wrong ends it: everything
// before is right.
type entryReader struct {
	v        *packVerifier
	chosen   chosenReader
	bodies   lineReader
	openings lineReader
	pending  *Opening // read but not matched yet
	blob     bool     // pending is one of a blob
	leaves   *bufio.Reader
	nextLeaf int64
	table    *comparer
	rows     tableRows
	detail   string // the member that the last error is about
}

func newEntryReader(v *packVerifier) *entryReader {
	e := &entryReader{v: v, bodies: lineReader{v.open(nameBodies), MaxBody + 1},
		openings: lineReader{v.open(nameOpenings), maxOpeningLine}, leaves: v.open(nameLeaves),
		table: &comparer{in: v.open(nameTable)}, rows: rowsOf(v.manifest.format),
		chosen: chosenReader{lines: lineReader{v.open(nameChosen), 64}, size: v.checkpoint.Size}}
	if !v.list && v.checkpoint.Size > 0 {
		all := span{0, v.checkpoint.Size - 1}.String() + "\n"
		e.chosen.lines.in = bufio.NewReader(strings.NewReader(all))
	}
	_, _ = io.WriteString(e.table, tableHead)
	return e
}

// entry checks the entry that must come next.
func (e *entryReader) entry(seq int64) error {
	e.detail = nameBodies
	body, err := e.bodies.next()
	switch {
	case err == io.EOF:
		return damageAt(seq, ReasonMissing)
	case err == errLine:
		return damageAt(seq, ReasonEntry)
	case err != nil:
		return err
	}
	leaf, err := e.leaf(seq)
	if err != nil {
		return err
	}
	if tlog.RecordHash(body) != leaf {
		return e.misfit(body, seq)
	}
	entry, found, err := checkEntry(body, e.v.checkpoint.LogID, seq)
	if err != nil {
		return e.drop(err, seq)
	}
	s := Stored{Row: Row{Seq: seq, Body: body, Leaf: leaf}, Entry: entry, Seq: seq, openings: opened{}}
	if err := e.open(&s, found); err != nil {
		return err
	}
	e.v.report.Bodies++
	e.v.report.Erased += int64(s.erased)
	e.v.report.explain(s)
	e.detail = nameTable
	if err := e.rows.row(e.table, s); err != nil {
		return damageAt(seq, ReasonEntry)
	}
	return e.table.check(damageAt(seq, ReasonTable))
}

// leaf returns the leaf hash of an entry; they come in ascending order.
func (e *entryReader) leaf(seq int64) (h tlog.Hash, err error) {
	for skip := (seq - e.nextLeaf) * tlog.HashSize; skip > 0; {
		n, err := e.leaves.Discard(int(min(skip, 1<<20)))
		if err == io.EOF {
			return h, damageAt(seq, ReasonLeafCount)
		}
		if err != nil {
			return h, err
		}
		skip -= int64(n)
	}
	e.nextLeaf = seq + 1
	_, err = io.ReadFull(e.leaves, h[:])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return h, damageAt(seq, ReasonLeafCount)
	}
	return h, err
}

// misfit says why a body is not the one that belongs at seq.
func (e *entryReader) misfit(body []byte, seq int64) error {
	other, err := decodeEntry(body)
	if err != nil || other.Seq == seq || other.Seq < 0 || other.Seq >= e.v.checkpoint.Size {
		return damageAt(seq, ReasonLeaf)
	}
	var leaf tlog.Hash
	if _, err := e.v.parts[nameLeaves].ReadAt(leaf[:], other.Seq*tlog.HashSize); err != nil || leaf != tlog.RecordHash(body) {
		return damageAt(seq, ReasonLeaf)
	}
	return e.drop(damageAt(seq, ReasonOrder), seq)
}

// drop turns "out of place" into "missing" where there are fewer lines than
// chosen entries.
func (e *entryReader) drop(err error, seq int64) error {
	var damage *DamageError
	if !errors.As(err, &damage) || damage.Reason != ReasonOrder {
		return err
	}
	lines := e.v.report.Bodies + 1 // those read so far
	for {
		switch _, err := e.bodies.in.ReadSlice('\n'); err {
		case nil:
			lines++
		case bufio.ErrBufferFull:
		case io.EOF:
			if lines < e.v.manifest.bodies {
				return damageAt(seq, ReasonMissing)
			}
			return damage
		default:
			return err
		}
	}
}

// open matches the entry's commitments with the next openings. A commitment
// whose opening is not next was erased.
func (e *entryReader) open(s *Stored, found []commit) error {
	e.detail = nameOpenings
	for _, c := range found {
		if err := e.peek(s.Seq); err != nil {
			return err
		}
		if e.pending == nil || e.pending.Seq != s.Seq || e.pending.Digest != c.digest {
			s.erased++
			continue
		}
		if e.blob != c.blob || !checkOpening(c, *e.pending) {
			return damageAt(s.Seq, ReasonOpening)
		}
		o := *e.pending
		if c.blob {
			o.Value = nil // not needed any more, and may be large
		}
		s.openings[c.digest], e.pending = o, nil
	}
	s.Actor, s.Target = s.openings.openPersonal(s.Actor), s.openings.openPersonal(s.Target)
	if err := e.peek(s.Seq); err != nil {
		return err
	}
	if e.pending != nil && e.pending.Seq <= s.Seq {
		return damageAt(s.Seq, ReasonOpeningUnneeded)
	}
	return nil
}

// peek reads the next opening if none is pending.
func (e *entryReader) peek(seq int64) error {
	if e.pending != nil {
		return nil
	}
	line, err := e.openings.next()
	switch {
	case err == io.EOF:
		return nil
	case err == errLine:
		return damageAt(seq, ReasonOpeningForm)
	case err != nil:
		return err
	}
	o, blob, err := parseOpening(line)
	if err != nil {
		return damageAt(seq, ReasonOpeningForm)
	}
	e.pending, e.blob = &o, blob
	return nil
}

// finish says what is left over behind the last chosen entry.
func (e *entryReader) finish() error {
	e.detail = nameBodies
	if _, err := e.bodies.next(); err != io.EOF {
		return leftover(err, ReasonExtra)
	}
	e.detail = nameOpenings
	if e.pending != nil {
		return &DamageError{Reason: ReasonOpeningUnneeded}
	}
	if _, err := e.openings.next(); err != io.EOF {
		return leftover(err, ReasonOpeningUnneeded)
	}
	e.detail = nameTable
	if err := e.table.end(); err != nil {
		return err
	}
	e.detail = nameChosen
	if e.v.report.Bodies != e.v.manifest.bodies {
		return &DamageError{Reason: ReasonChosen}
	}
	return nil
}

func leftover(err error, reason string) error {
	if err == nil || err == errLine {
		return &DamageError{Reason: reason}
	}
	return err
}

// chosenReader reads chosen.txt: one number or range a line, ascending,
// adjacent ones joined.
type chosenReader struct {
	lines lineReader
	size  int64
	now   span
	some  bool // now is valid
	seq   int64
}

// next returns the next chosen entry; ok is false behind the last.
func (c *chosenReader) next() (seq int64, ok bool, err error) {
	if !c.some || c.seq > c.now.to {
		line, err := c.lines.next()
		if err == io.EOF {
			return 0, false, nil
		}
		if err != nil && err != errLine {
			return 0, false, err
		}
		s, valid := parseSpan(string(line))
		if err == errLine || !valid || s.to >= c.size || c.some && s.from <= c.now.to+1 {
			return 0, false, &DamageError{Reason: ReasonChosen}
		}
		c.now, c.some, c.seq = s, true, s.from
	}
	c.seq++
	return c.seq - 1, true, nil
}

// parseSpan accepts exactly what span's String writes.
func parseSpan(text string) (s span, ok bool) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	var err, err2 error
	s.from, err = strconv.ParseInt(first, 10, 64)
	s.to, err2 = strconv.ParseInt(last, 10, 64)
	return s, err == nil && err2 == nil && s.from >= 0 && s.from <= s.to && s.String() == text
}

// comparer is a writer that compares what is written with what is there.
type comparer struct {
	in      *bufio.Reader
	differs bool
	err     error
}

func (c *comparer) Write(b []byte) (int, error) {
	got := make([]byte, len(b))
	_, err := io.ReadFull(c.in, got)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		c.differs = true
	case err != nil:
		c.err = err
	case !bytes.Equal(got, b):
		c.differs = true
	}
	return len(b), nil
}

// check returns the finding if anything differed so far.
func (c *comparer) check(damage *DamageError) error {
	if c.err != nil {
		return c.err
	}
	if c.differs {
		return damage
	}
	return nil
}

// end checks that nothing is left.
func (c *comparer) end() error {
	if _, err := c.in.ReadByte(); err == nil {
		c.differs = true
	} else if err != io.EOF {
		c.err = err
	}
	return c.check(&DamageError{Reason: ReasonTable})
}
