package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"rollcall/audit"
)

const mostNoteBytes = 1 << 20

// Verify checks an evidence pack. It needs no workspace and no network. key is
// the note verifier key that the reader trusts, "" for none; checkpoints are
// files with signed notes that the reader got earlier. A report that is not OK
// comes without an error; an error says that something could not be opened.
func Verify(ctx context.Context, file, key string, checkpoints []string) (VerifyReport, error) {
	opts := audit.VerifyOptions{Key: key}
	for _, name := range checkpoints {
		note, err := readNote(name)
		if err != nil {
			return VerifyReport{}, err
		}
		opts.Checkpoints = append(opts.Checkpoints, note)
	}
	return verifyFile(ctx, file, opts, checkpoints)
}

// VerifyText is [Verify] with the text of an earlier checkpoint, "" for none,
// and with the pack itself where it is at hand: content nil opens the file.
func VerifyText(ctx context.Context, file string, content []byte, key, checkpoint string) (VerifyReport, error) {
	opts, names := audit.VerifyOptions{Key: strings.TrimSpace(key)}, []string(nil)
	if text := strings.TrimSpace(checkpoint); text != "" {
		note := []byte(strings.ReplaceAll(text, "\r\n", "\n") + "\n")
		if _, err := audit.ReadCheckpoint(note); err != nil || len(note) > mostNoteBytes {
			return VerifyReport{}, &Error{Kind: KindUsage, Text: "The earlier checkpoint is not one.", Do: "Give the whole text of a checkpoint, from its first line to its signature.", Field: FieldCheckpoint, Err: err}
		}
		opts.Checkpoints, names = [][]byte{note}, []string{"the earlier checkpoint"}
	}
	if content != nil {
		return verifyPack(ctx, packFile{file, bytes.NewReader(content), int64(len(content))}, opts, names)
	}
	return verifyFile(ctx, file, opts, names)
}

func verifyFile(ctx context.Context, file string, opts audit.VerifyOptions, names []string) (VerifyReport, error) {
	f, err := os.Open(file)
	if err != nil {
		return VerifyReport{}, unopened(file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return VerifyReport{}, unopened(file, err)
	}
	return verifyPack(ctx, packFile{file, f, info.Size()}, opts, names)
}

// packFile is a pack that was opened.
type packFile struct {
	name string
	io.ReaderAt
	size int64
}

// verifyPack checks a pack; names are those of the checkpoints of opts.
func verifyPack(ctx context.Context, f packFile, opts audit.VerifyOptions, names []string) (VerifyReport, error) {
	r, err := audit.VerifyPack(ctx, f, f.size, opts)
	if err != nil && opts.Key != "" && ctx.Err() == nil {
		return VerifyReport{}, &Error{
			Kind: KindUsage, Text: "This is not a public key as Rollcall writes it, or the pack could not be read with it.", Do: "Give the whole key, from rollcall/ to its end, as the signer gave it; record key prints it.", Field: FieldKey, Err: err,
		}
	}
	if err != nil {
		return VerifyReport{}, unopened(f.name, err)
	}
	view := reportView(r)
	if !r.OK {
		view.Culprit, err = culprit(ctx, f, opts, names)
	}
	return view, err
}

// culprit names the checkpoint that a pack does not fit which is sound by
// itself; "" where the pack is not, or no single one is at fault.
func culprit(ctx context.Context, f packFile, opts audit.VerifyOptions, names []string) (string, error) {
	alone := audit.VerifyOptions{Key: opts.Key}
	if len(names) == 0 {
		return "", nil
	}
	if r, err := audit.VerifyPack(ctx, f, f.size, alone); err != nil || !r.OK {
		return "", err
	}
	for i, name := range names {
		alone.Checkpoints = opts.Checkpoints[i : i+1]
		r, err := audit.VerifyPack(ctx, f, f.size, alone)
		if err != nil {
			return "", err
		}
		if !r.OK {
			return quoted(name) + ": " + checkpointWords(r.Reason), nil
		}
	}
	return "", nil
}

func checkpointWords(reason string) string {
	switch reason {
	case audit.ReasonCheckpoint, audit.ReasonCheckpointForm:
		return "the checkpoint was edited, or another key than the pack's signed it."
	case audit.ReasonOtherLog:
		return "the checkpoint is of another record."
	case audit.ReasonBehind:
		return "the pack ends before the checkpoint: entries are missing at its end."
	case audit.ReasonFork, audit.ReasonRoot:
		return "the pack's history is not the one that the checkpoint signed."
	}
	return reason + "."
}

func reportView(r audit.Report) VerifyReport {
	v := VerifyReport{
		OK: r.OK, Entries: r.Entries, Bodies: r.Bodies, Erased: r.Erased, FirstBad: r.FirstBad, Reason: r.Reason,
		Anchoring: r.Anchoring, Signer: signerWord(r.SignerChecked), Fingerprint: r.Fingerprint, PackFingerprint: r.PackFingerprint, LogID: r.LogID,
		Proven: r.Proven, KeyChanges: keyChanges(r.KeyChanges),
	}
	return v
}

func keyChanges(list []audit.KeyChange) []KeyChange {
	var out []KeyChange
	for _, c := range list {
		out = append(out, KeyChange{c.Seq, c.Time, audit.Fingerprint(c.From), audit.Fingerprint(c.To), c.Signed, c.Reason, c.Actor})
	}
	return out
}

func signerWord(checked bool) string {
	if checked {
		return "checked"
	}
	return "not checked"
}

func readNote(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, unopened(name, err)
	}
	if info.Size() > mostNoteBytes {
		return nil, usage("%s is too large to be a checkpoint.", name)
	}
	note, err := os.ReadFile(name)
	if err != nil {
		return nil, unopened(name, err)
	}
	if _, err := audit.ReadCheckpoint(note); err != nil {
		return nil, &Error{Kind: KindFailed, Text: "The file " + quoted(name) + " is not a checkpoint.", Do: "Give a file that rollcall record checkpoint printed.", Err: err}
	}
	return note, nil
}

func unopened(file string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return &Error{Kind: KindFailed, Text: "The file " + quoted(file) + " does not exist.", Do: "Check the path.", Err: err}
	}
	return &Error{Kind: KindFailed, Text: "The file " + quoted(file) + " cannot be read.", Do: "Check its name and permissions.", Err: err}
}
