package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// VerifyPack checks an evidence pack and trusts nothing in it. Memory stays
// bounded whatever the file says; nothing is unpacked to disk.
//
// The error is about reading the file or about the options; whatever is wrong
// with the pack is in the report.
func VerifyPack(ctx context.Context, r io.ReaderAt, size int64, o VerifyOptions) (Report, error) {
	v := packVerifier{ctx: ctx, opts: o, report: Report{Anchoring: SelfSigned}}
	err := v.run(r, size)
	if err != nil && !errors.Is(err, errHalt) {
		return Report{}, fmt.Errorf("verifying the pack: %w", err)
	}
	v.found.into(&v.report)
	return v.report, nil
}

// errHalt ends the check where a finding leaves nothing further to check.
var errHalt = errors.New("halt")

type packVerifier struct {
	ctx    context.Context
	opts   VerifyOptions
	report Report
	found  findings
	parts  parts

	known      keyring
	handed     roots // the last checkpoints of replaced keys
	manifest   manifest
	checkpoint Checkpoint
	signed     bool // the checkpoint's signature holds
	list       bool // the list of chosen entries is the signed one
}

func (v *packVerifier) run(r io.ReaderAt, size int64) error {
	if v.opts.Key != "" {
		if _, err := verifiers(v.opts.Key); err != nil {
			return err
		}
	}
	p, members, exact, err := readContainer(r, size)
	if err != nil {
		return err
	}
	if p == nil {
		reason := ReasonContainer
		if !looksLikePack(r) {
			reason = ReasonNotPack
		}
		return v.halt(reason, "")
	}
	v.parts = p
	for _, step := range []func() error{v.key, v.readManifest, v.readCheckpoint,
		func() error { return v.sums(members) }, v.leaves, v.entries} {
		if err := step(); err != nil && !errors.Is(err, errHalt) {
			return err
		}
	}
	if !exact {
		v.found.add(&DamageError{Reason: ReasonContainer}, "")
	}
	return nil
}

// halt adds a finding that cannot be placed and ends the present step.
func (v *packVerifier) halt(reason, detail string) error {
	v.found.add(&DamageError{Reason: reason}, detail)
	return errHalt
}

// small reads a member of bounded size at once.
func (v *packVerifier) small(name string) ([]byte, error) {
	part := v.parts[name]
	if part.Size() > maxSmall {
		return nil, v.halt(ReasonContainer, name)
	}
	b := make([]byte, part.Size())
	if _, err := io.ReadFull(io.NewSectionReader(part, 0, part.Size()), b); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return b, nil
}

// open reads a member from its beginning.
func (v *packVerifier) open(name string) *bufio.Reader {
	part := v.parts[name]
	in := &cancelReader{v.ctx, io.NewSectionReader(part, 0, part.Size())}
	return bufio.NewReaderSize(in, int(min(part.Size(), 64<<10)))
}

// key decides whose signatures count: the given keys, else the pack's own.
func (v *packVerifier) key() error {
	raw, err := v.small(nameKey)
	if err != nil {
		return err
	}
	own := strings.TrimSuffix(string(raw), "\n")
	_, err = note.NewVerifier(own)
	valid := err == nil && own+"\n" == string(raw)
	if valid {
		v.report.PackFingerprint = Fingerprint(own)
	}
	if v.opts.Key == "" {
		if !valid {
			return v.halt(ReasonKey, nameKey)
		}
		v.report.Key, v.report.Fingerprint = own, Fingerprint(own)
		return v.trust(own)
	}
	v.report.SignerChecked = true
	v.report.Key, v.report.Fingerprint = v.opts.Key, Fingerprint(v.opts.Key)
	given := strings.Fields(v.opts.Key)
	if valid && slices.Contains(given, own) {
		v.report.Key, v.report.Fingerprint = own, Fingerprint(own)
		return v.trust(own)
	}
	return v.stranger(own, given)
}

// trust takes up whose signatures count from here on, with the changes of key
// that the pack tells of. The pack's own key must be the newest of them.
func (v *packVerifier) trust(own string) (err error) {
	if v.known.given, err = verifiers(own); err != nil {
		return err
	}
	if err := v.changes(); err != nil {
		return err
	}
	if now := v.known.now(); now != "" && now != own {
		v.found.add(&DamageError{Reason: ReasonSigner}, nameKey)
	}
	return nil
}

// stranger goes on where the pack's key is not a given one. If the log says
// that a given key was replaced by the pack's, the rest is checked with the
// pack's, so that whoever holds the old key learns what the pack says of it.
func (v *packVerifier) stranger(own string, given []string) error {
	if err := v.changes(); err != nil {
		return err
	}
	reason := ReasonOtherKey
	if v.known.now() == own {
		reason = v.known.stranger(given)
	}
	v.found.add(&DamageError{Reason: reason}, nameKey)
	if reason != ReasonReplacedKey {
		v.known, v.handed, v.report.KeyChanges = keyring{}, roots{}, nil
		own = v.opts.Key
	}
	var err error
	v.known.given, err = verifiers(own)
	return err
}

// changes reads the changes of key ahead of everything else: they say which
// keys signed earlier checkpoints. An entry that is not the one in the tree is
// left out here and found where the entries are checked.
func (v *packVerifier) changes() error {
	lines := lineReader{v.open(nameBodies), MaxBody + 1}
	for {
		body, err := lines.next()
		if err == io.EOF || err == errLine {
			v.handed.sort()
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", nameBodies, err)
		}
		if !bytes.Contains(body, []byte(`"type":"`+TypeRekeyed+`"`)) {
			continue
		}
		if err := v.found.take(v.change(body), nameBodies); err != nil {
			return err
		}
	}
}

func (v *packVerifier) change(body []byte) error {
	e, err := decodeEntry(body)
	if err != nil || e.Type != TypeRekeyed || e.Seq >= v.parts[nameLeaves].Size()/tlog.HashSize {
		return nil
	}
	leaf := make([]byte, tlog.HashSize)
	if _, err := v.parts[nameLeaves].ReadAt(leaf, e.Seq*tlog.HashSize); err != nil && err != io.EOF {
		return fmt.Errorf("reading %s: %w", nameLeaves, err)
	}
	if tlog.RecordHash(body) != tlog.Hash(leaf) {
		return nil
	}
	last, err := v.known.change(Stored{Row: Row{Seq: e.Seq}, Entry: e, Seq: e.Seq, openings: opened{}})
	if err == nil {
		v.report.KeyChanges = append(v.report.KeyChanges, v.known.changes[len(v.known.changes)-1])
	}
	if last != nil {
		v.handed.want = append(v.handed.want, *last)
	}
	return err
}

func (v *packVerifier) readManifest() error {
	raw, err := v.small(nameManifest)
	if err != nil {
		return err
	}
	if v.known.given != nil {
		if err := openManifest(raw, v.known.given); err != nil {
			v.found.add(&DamageError{Reason: ReasonManifest}, nameManifest)
		}
	}
	text, err := noteText(raw)
	if err == nil {
		v.manifest, err = parseManifest(text)
	}
	if errors.Is(err, errNewerPack) {
		return v.halt(ReasonPackVersion, nameManifest)
	}
	if err != nil {
		return v.halt(ReasonManifestForm, nameManifest)
	}
	v.report.LogID = v.manifest.logID
	return nil
}

// readCheckpoint goes on with an unsigned checkpoint, to place the damage.
func (v *packVerifier) readCheckpoint() error {
	raw, err := v.small(nameCheckpoint)
	if err != nil {
		return err
	}
	if v.known.given != nil {
		_, err := openNote(raw, v.known.given)
		if v.signed = err == nil; !v.signed {
			v.found.add(&DamageError{Reason: ReasonCheckpoint}, nameCheckpoint)
		}
	}
	if v.checkpoint, err = ReadCheckpoint(raw); err != nil {
		return v.halt(ReasonCheckpointForm, nameCheckpoint)
	}
	v.report.Entries = v.checkpoint.Size
	if v.checkpoint.LogID != v.manifest.logID || v.checkpoint.Size != v.manifest.entries {
		v.found.add(&DamageError{Reason: ReasonManifestForm}, nameManifest)
	}
	return nil
}

// sums compares every member with the manifest and, where the container is
// exact, with its checksum.
func (v *packVerifier) sums(members []member) error {
	for i, name := range packNames {
		part := v.parts[name]
		m := newMeter(nil)
		if _, err := v.open(name).WriteTo(m); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if m.size != part.Size() {
			return fmt.Errorf("reading %s: %w", name, io.ErrUnexpectedEOF)
		}
		got := m.member(name)
		if i < len(v.manifest.sums) && got.sum != v.manifest.sums[i] {
			v.found.add(&DamageError{Reason: ReasonMember}, name)
		} else if name == nameChosen {
			v.list = true
		}
		if members != nil && members[i].crc != got.crc {
			v.found.add(&DamageError{Reason: ReasonContainer}, name)
		}
	}
	return nil
}

// leaves computes the roots at the pack's checkpoint and at the earlier ones.
func (v *packVerifier) leaves() error {
	count := v.parts[nameLeaves].Size() / tlog.HashSize
	if v.checkpoint.LogID == "" {
		return errHalt
	}
	if v.parts[nameLeaves].Size() != count*tlog.HashSize || count != v.checkpoint.Size {
		v.found.add(&DamageError{Reason: ReasonLeafCount}, nameLeaves)
		return errHalt
	}
	own := roots{want: []Checkpoint{v.checkpoint}}
	older, err := v.older()
	if err != nil {
		return err
	}
	e := &edge{}
	in := v.open(nameLeaves)
	own.meet(e)
	older.meet(e)
	v.handed.meet(e)
	for range count {
		var leaf tlog.Hash
		if _, err := io.ReadFull(in, leaf[:]); err != nil {
			return fmt.Errorf("reading %s: %w", nameLeaves, err)
		}
		e.add(leaf)
		own.meet(e)
		older.meet(e)
		v.handed.meet(e)
	}
	v.conclude(own, older)
	return nil
}

// conclude says what the roots prove.
func (v *packVerifier) conclude(own, older roots) {
	if own.bad {
		v.found.add(&DamageError{Reason: ReasonRoot}, nameLeaves)
	}
	if older.bad {
		v.found.add(&DamageError{Reason: ReasonFork}, "earlier checkpoint")
	}
	if v.handed.bad {
		v.found.add(&DamageError{Reason: ReasonKeyChange}, nameBodies)
	}
	v.report.Proven = max(older.held, v.handed.held)
	if v.signed && !own.bad && !v.replaced() {
		v.report.Proven = v.checkpoint.Size
	}
	if len(older.met) > 0 && !older.bad && !own.bad {
		v.report.Anchoring = Anchored
	}
}

// replaced says that only what an older key signed is proven to the reader.
func (v *packVerifier) replaced() bool {
	return v.opts.Key != "" && v.report.Fingerprint != v.report.PackFingerprint
}

// older sorts the earlier checkpoints; one beyond this pack is a finding.
func (v *packVerifier) older() (r roots, err error) {
	all, err := v.opts.older(v.known, v.checkpoint.LogID, &v.found)
	if err != nil {
		return r, err
	}
	for _, c := range all {
		if c.Size > v.checkpoint.Size {
			v.found.add(damageAt(v.checkpoint.Size, ReasonBehind), "earlier checkpoint")
			continue
		}
		r.want = append(r.want, c)
	}
	r.sort()
	return r, nil
}

// entries reads bodies, openings and table side by side.
func (v *packVerifier) entries() error {
	if v.checkpoint.LogID == "" {
		return errHalt
	}
	// An altered list would blame the wrong entries. Of a full pack it is known
	// without reading it.
	if !v.list && v.manifest.bodies != v.checkpoint.Size {
		return errHalt
	}
	e := newEntryReader(v)
	for {
		seq, ok, err := e.chosen.next()
		if err == nil && !ok {
			err = e.finish()
		}
		if err == nil && ok {
			err = e.entry(seq)
		}
		var damage *DamageError
		if errors.As(err, &damage) {
			v.found.add(damage, e.detail)
			return nil
		}
		if err != nil || !ok {
			return err
		}
	}
}

// cancelReader ends a long read when the context ends.
type cancelReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// lineReader reads lines of bounded length.
type lineReader struct {
	in  *bufio.Reader
	max int
}

var errLine = errors.New("a line is too long or does not end")

// next returns a line without its line feed; io.EOF where there is none.
func (l lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > l.max:
			return nil, errLine
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), nil
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, errLine
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}
