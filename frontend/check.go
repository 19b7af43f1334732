package frontend

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall/app"
)

// checkPath is the page that checks an evidence pack, whoever made it.
const checkPath = "/record/check"

// checkView is a pack to be checked.
type checkView struct {
	fileView
	File string // id of the pack; "" until one was chosen
	Pack value
	Key  string // that was given for the pack before
}

// checkedView is what a check came to, in the words of rollcall verify.
type checkedView struct {
	OK    bool
	Head  value
	Facts []checkedFact
}

// checkedFact is a fact, or a fingerprint to read aloud and to copy.
type checkedFact struct {
	factView
	Print exact
}

// lastKey is the public key that was given last: whoever checks several packs of
// one signer gives it once. It is kept until the program ends.
type lastKey struct {
	mu  sync.Mutex
	key string
}

func (k *lastKey) set(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key = key
}

func (k *lastKey) get() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key
}

func (s *site) checkShow(w http.ResponseWriter, r *http.Request) error {
	shell, _, err := s.shellOf(r.Context(), "Check a pack", "record")
	if err != nil {
		return err
	}
	p := filePurpose{pack: true}
	v := checkView{fileView: fileView{Window: s.open != nil, Accept: ".zip,application/zip", Choose: s.chooseURL(p)}}
	if id := r.URL.Query().Get("file"); id != "" {
		c, err := s.picks.get(id)
		if err != nil { // it is not at hand any more
			http.Redirect(w, r, checkPath, http.StatusSeeOther)
			return nil
		}
		v.File, v.Pack, v.Key = c.id, row(c.name), s.checkKey.get()
	}
	s.render(w, r, http.StatusOK, checkPage(shell, v))
	return nil
}

// packCheck checks the pack. It records nothing, and keeps the file for another
// key.
func (s *site) packCheck(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, err := s.picks.get(r.PostForm.Get("file"))
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a large pack takes its time
	file := c.name
	if c.path != "" {
		file = c.path
	}
	report, err := app.VerifyText(r.Context(), file, c.data, r.PostForm.Get("key"), r.PostForm.Get("checkpoint"))
	if err != nil {
		return err
	}
	s.checkKey.set(strings.TrimSpace(r.PostForm.Get("key")))
	s.render(w, r, http.StatusOK, checkedPart(newChecked(c.name, report)))
	return nil
}

func newChecked(name string, r app.VerifyReport) checkedView {
	v := checkedView{OK: r.OK, Head: prose("VERIFIED " + name)}
	add := func(name, text string) {
		v.Facts = append(v.Facts, checkedFact{factView: factView{name, prose(text)}})
	}
	fingerprint := func(name, hex string) {
		v.Facts = append(v.Facts, checkedFact{factView{Name: name}, aloud(hex)})
	}
	if !r.OK {
		v.Head = prose("NOT VERIFIED " + name + ": " + r.Reason)
		add("Proven", r.ProvenWords())
	}
	if r.Culprit != "" {
		add("Checkpoint", r.Culprit)
	}
	if r.PackFingerprint != "" && r.PackFingerprint != r.Fingerprint {
		fingerprint("Key given", r.Fingerprint)
		fingerprint("Key in pack", r.PackFingerprint)
		add("", r.StrangerWords())
	}
	for _, k := range r.KeyChanges {
		add("Key changed", "at entry "+strconv.FormatInt(k.Seq, 10)+" on "+k.Time.UTC().Format(shortMoment)+" by "+firstOf(k.Actor, "(erased)")+": "+firstOf(k.Reason, "(erased)")+"; from "+k.From+" to "+k.To)
	}
	if r.FirstBad != nil {
		add("First bad", "entry "+strconv.FormatInt(*r.FirstBad, 10)+", counted from 0")
	}
	if r.LogID == "" {
		return v // it is no pack at all
	}
	add("Entries", count(r.Entries)+", of them "+count(r.Bodies)+" with their text, "+count(r.Erased)+" erased")
	add("Anchoring", r.AnchoringWords(""))
	if r.OK {
		add("Signer", r.SignerWords("the key"))
	}
	if r.PackFingerprint == r.Fingerprint {
		fingerprint("Fingerprint", r.Fingerprint)
	}
	add("Log", r.LogID)
	return v
}
