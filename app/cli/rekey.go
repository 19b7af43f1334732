package cli

import "rollcall/app"

type recordKeyCmd struct{}

// Run prints the public key. It asks for the passphrase where the key is
// locked: what the record says of itself is not handed over as the key.
func (c *recordKeyCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		k, err := a.RecordKey(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(k)
		}
		s.printf("Key          %s\nFingerprint  %s\nLog          %s\n", k.Key, k.Fingerprint, k.LogID)
		s.hint("Hand it over on another way than the packs; the fingerprint can be compared by voice.\n")
		return nil
	})
}

type recordRekeyCmd struct {
	Reason string `required:"" placeholder:"R" help:"How the old key was lost; it is recorded."`
}

// Run replaces a lost key.
func (c *recordRekeyCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		r, err := a.Rekey(s.ctx, c.Reason)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(r)
		}
		s.printf("A new key signs this record from entry %d on.\n", r.Seq)
		s.printf("  Key          %s\n  Fingerprint  %s\n  Before       %s\n", r.Key, r.To, r.From)
		s.hint("Tell whoever checks your packs of the change, and give them the new key: with the old one they do not verify any more.\n")
		s.hint("Where tokens were lost with the key: rollcall tenant set-token NAME\n")
		return nil
	})
}
