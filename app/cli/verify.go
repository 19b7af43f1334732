package cli

import "rollcall/app"

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
		s.printf("  Proven       %s\n", r.ProvenWords())
	}
	if r.Culprit != "" {
		s.printf("  Checkpoint   %s\n", r.Culprit)
	}
	if r.PackFingerprint != "" && r.PackFingerprint != r.Fingerprint {
		s.printf("  Key given    %s\n", r.Fingerprint)
		s.printf("  Key in pack  %s\n", r.PackFingerprint)
		s.printf("  %s\n", r.StrangerWords())
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
	s.printf("  Anchoring    %s\n", r.AnchoringWords(" with --checkpoint"))
	if r.OK {
		s.printf("  Signer       %s\n", r.SignerWords("--key"))
	}
	if r.PackFingerprint == r.Fingerprint {
		s.printf("  Fingerprint  %s\n", r.Fingerprint)
	}
	s.printf("  Log          %s\n", r.LogID)
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
