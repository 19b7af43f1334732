package app

import (
	"context"
	"os"

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
	f, err := os.Open(file)
	if err != nil {
		return VerifyReport{}, unopened(file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return VerifyReport{}, unopened(file, err)
	}
	r, err := audit.VerifyPack(ctx, f, info.Size(), opts)
	if err != nil && key != "" && ctx.Err() == nil {
		return VerifyReport{}, &Error{
			Kind: KindUsage, Text: "The pack could not be checked with this key: " + err.Error() + ".", Do: "Give the key as record export printed it.", Err: err,
		}
	}
	if err != nil {
		return VerifyReport{}, unopened(file, err)
	}
	return reportView(r), nil
}

func reportView(r audit.Report) VerifyReport {
	v := VerifyReport{
		OK: r.OK, Entries: r.Entries, Bodies: r.Bodies, Erased: r.Erased, FirstBad: r.FirstBad, Reason: r.Reason,
		Anchoring: r.Anchoring, Signer: signerWord(r.SignerChecked), Fingerprint: r.Fingerprint, LogID: r.LogID,
	}
	return v
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
	return &Error{Kind: KindFailed, Text: "The file " + quoted(file) + " cannot be read.", Do: "Check its name and permissions.", Err: err}
}
