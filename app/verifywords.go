package app

import "strconv"

// KeyReplaced is the reason of a pack whose log says that the key given was
// replaced.
const KeyReplaced = "given key was replaced"

// StrangerWords say of a pack that carries another key than was given what that
// means.
func (r VerifyReport) StrangerWords() string {
	if r.Reason == KeyReplaced {
		return "The key given vouches for the first " + entriesWord(r.Proven) + " of this record and for nothing after. Ask the owner about the change below and for the new key, on another way than this file; then give that one."
	}
	return "The pack was signed by somebody else, or the key given is not the one that record export printed."
}

// AnchoringWords say what a pack was held against besides itself; how is how an
// earlier checkpoint is given, as the end of the phrase.
func (r VerifyReport) AnchoringWords(how string) string {
	switch r.Anchoring {
	case "self-signed":
		return "self-signed: held against no earlier checkpoint; give one that you kept" + how
	case "anchored":
		return "anchored: agrees with every earlier checkpoint given"
	}
	return r.Anchoring
}

// ProvenWords say what may be relied on of a pack that does not verify.
func (r VerifyReport) ProvenWords() string {
	switch {
	case r.Reason == KeyReplaced:
		return "the first " + entriesWord(r.Proven) + ", and nothing after"
	case r.Culprit != "":
		return "nothing; the pack agrees with itself, but not with the checkpoint"
	}
	return "nothing; rely on no part of the pack"
}

// SignerWords say of a pack that verifies whose it is known to be; key is what
// is to be given.
func (r VerifyReport) SignerWords(key string) string {
	if r.Signer == "checked" {
		return "checked against the key given"
	}
	return r.Signer + ": the pack agrees with itself, and anybody could have signed it; compare the fingerprint with the signer's, or give " + key
}

func entriesWord(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.FormatInt(n, 10) + " entries"
}
