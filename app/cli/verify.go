package cli

import (
	"fmt"

	"rollcall/app"
)

type verifyCmd struct {
	File       string      `arg:"" help:"Evidence pack."`
	Key        verifierKey `placeholder:"K" help:"Verifier key of the signer; without it the signer is not checked."`
	Checkpoint []string    `sep:"none" placeholder:"OLD" help:"File with an earlier checkpoint; may be repeated."`
}

// verifyJSON is the JSON of verify: its reason is there even where it is empty.
type verifyJSON struct {
	app.VerifyReport
	Reason string `json:"reason"`
}

// Run verifies; what does not verify exits 3.
func (c *verifyCmd) Run(s *session) error {
	r, err := app.Verify(s.ctx, c.File, string(c.Key), c.Checkpoint)
	if err != nil {
		return err
	}
	if s.JSON {
		err = s.object(verifyJSON{r, r.Reason})
	} else {
		s.printReport(c.File, r)
	}
	if err == nil && !r.OK {
		err = errNotHeld
	}
	return err
}

func (s *session) printReport(file string, r app.VerifyReport) {
	if r.OK {
		s.printf("%s %s\n", s.look.good("VERIFIED"), file)
	} else {
		s.printf("%s %s: %s\n", s.look.bad("NOT VERIFIED"), file, r.Reason)
		s.printf("  Proven       %s\n", provenWords(r))
	}
	if r.Culprit != "" {
		s.printf("  Checkpoint   %s\n", r.Culprit)
	}
	if r.PackFingerprint != "" && r.PackFingerprint != r.Fingerprint {
		s.printf("  Key given    %s\n", r.Fingerprint)
		s.printf("  Key in pack  %s\n", r.PackFingerprint)
		s.printf("  %s\n", strangerWords(r))
	}
	for _, c := range r.KeyChanges {
		s.printKeyChange(c)
	}
	if r.FirstBad != nil {
		s.printf("  First bad    entry %d, counted from 0\n", *r.FirstBad)
	}
	if r.LogID == "" {
		return // it is no pack at all
	}
	s.printf("  Entries      %d, of them %d with their text, %d erased\n", r.Entries, r.Bodies, r.Erased)
	s.printf("  Anchoring    %s\n", anchoringWords(r))
	if r.OK {
		s.printf("  Signer       %s\n", signerWords(r))
	}
	if r.PackFingerprint == r.Fingerprint {
		s.printf("  Fingerprint  %s\n", r.Fingerprint)
	}
	s.printf("  Log          %s\n", r.LogID)
}

// keyReplaced is the reason of a pack whose log says that the key given was
// replaced.
const keyReplaced = "given key was replaced"

func strangerWords(r app.VerifyReport) string {
	if r.Reason == keyReplaced {
		return fmt.Sprintf("The key given vouches for the first %s of this record and for nothing after. Ask the owner about the change below and for the new key, on another way than this file; then give that one.", count(r.Proven, "entry"))
	}
	return "The pack was signed by somebody else, or the key given is not the one that record export printed."
}

func (s *session) printKeyChange(c app.KeyChange) {
	s.printf("  Key changed  at entry %d on %s by %s: %s\n", c.Seq, when(c.Time), orErased(c.Actor), orErased(c.Reason))
	s.printf("               from %s\n               to   %s\n", c.From, c.To)
}

func orErased(text string) string {
	if text == "" {
		return "(erased)"
	}
	return text
}

// anchoringWords says what the pack was held against besides itself.
func anchoringWords(r app.VerifyReport) string {
	switch r.Anchoring {
	case "self-signed":
		return "self-signed: held against no earlier checkpoint; give one that you kept with --checkpoint"
	case "anchored":
		return "anchored: agrees with every earlier checkpoint given"
	}
	return r.Anchoring
}

// provenWords says what may be relied on of a pack that does not verify.
func provenWords(r app.VerifyReport) string {
	switch {
	case r.Reason == keyReplaced:
		return "the first " + count(r.Proven, "entry") + ", and nothing after"
	case r.Culprit != "":
		return "nothing; the pack agrees with itself, but not with the checkpoint"
	}
	return "nothing; rely on no part of the pack"
}

// signerWords says of a pack that verifies whose it is known to be.
func signerWords(r app.VerifyReport) string {
	if r.Signer == "checked" {
		return "checked against the key given"
	}
	return r.Signer + ": the pack agrees with itself, and anybody could have signed it; compare the fingerprint with the signer's, or give --key"
}
