package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"rollcall/audit"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const erasedWord = "(erased)"

// said is a personal value as a sentence names it.
func said(p audit.Personal) string {
	if p.Erased() {
		return erasedWord
	}
	return p.Value()
}

// because is a reason behind a sentence, if there is one.
func because(p audit.Personal) string {
	if s := said(p); s != "" {
		return ": " + s
	}
	return ""
}

// entryWords says what an entry is about in one line: the terminal, the pages
// and the search speak of it alike. A type that this program does not know is
// named as it is.
func entryWords(ctx context.Context, log *audit.Log, s audit.Stored, tenant string) (string, error) {
	w := wording{Stored: s, who: said(s.Target), place: cmp.Or(tenant, s.Entry.Tenant)}
	if w.place != "" {
		w.in = " in " + w.place
	}
	switch s.Type {
	case typeIntent, typeOutcome:
		return actionWords(ctx, log, w)
	}
	words, err := w.words()
	if err != nil || words == "" {
		return s.Type, nil // decoding says more where it matters: in the detail
	}
	return words, nil
}

// wording is an entry with the names that its sentence needs.
type wording struct {
	audit.Stored
	who, place, in string
}

func (w wording) words() (string, error) {
	switch w.Type {
	case typeSkipped, typeStopped, typeStepOpened, typeStepDone:
		return w.stepWords()
	case typePlanCreated, typePlanDropped, typeRunStarted, typeRunFinished:
		return w.planWords()
	case typeLinked, typeUnlinked, typeExcepted, typeUnexcepted, typeProtected, typeUnprotected:
		return w.decisionWords()
	case typeSnapshotSealed, typeSnapshotUnsealed, typeRosterImported, typeRosterHeld:
		return w.syncWords()
	}
	return w.settingWords()
}

func (w wording) stepWords() (string, error) {
	switch w.Type {
	case typeStepOpened:
		return "Asked a person to close " + w.who + w.in + " by hand", nil
	case typeStepDone:
		var d stepDone
		err := w.Decode(&d)
		return "Noted as closed by hand: " + w.who + w.in + because(d.Note), err
	}
	var d actionSkipped
	err := w.Decode(&d)
	verb := map[string]string{typeSkipped: "Skipped ", typeStopped: "Stopped at "}[w.Type]
	return verb + w.who + w.in + because(d.Why), err
}

func shortHash(h string) string { return h[:min(len(h), leastPrefix)] }

func (w wording) planWords() (string, error) {
	switch w.Type {
	case typePlanCreated:
		var d planCreated
		err := w.Decode(&d)
		return "Planned " + counted(d.Actions, "action") + w.in + andLeftOut(d.NotCovered) + ", plan " + shortHash(d.Hash), err
	case typePlanDropped:
		var d planDropped
		err := w.Decode(&d)
		return "Dropped plan " + shortHash(d.Plan) + w.in + because(d.Reason), err
	case typeRunStarted:
		var d runStarted
		err := w.Decode(&d)
		verb := "Started the run"
		if d.Resumed {
			verb = "Went on with the run"
		}
		return verb + w.in + aboveWords(d) + ", plan " + shortHash(d.Plan), err
	}
	var d runFinished
	err := w.Decode(&d)
	var counts []string
	for _, c := range []struct {
		n    int
		word string
	}{{d.Confirmed, "confirmed"}, {d.Skipped, "skipped"}, {d.Failed, "failed"}, {d.Unknown, "unknown"}, {d.ByHand, "by hand"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return "Finished the run" + w.in + ": " + cmp.Or(strings.Join(counts, ", "), "nothing to do") + andLeftOut(d.NotCovered) + ", plan " + shortHash(d.Plan), err
}

// aboveWords says what a person vouched for.
func aboveWords(d runStarted) string {
	n := 0
	for _, total := range d.Confirmed {
		n += total
	}
	if n == 0 {
		n = d.Confirm // as it was recorded before tenants were named
	}
	if n == 0 {
		return ""
	}
	return " above the ceiling, " + counted(n, "account") + " vouched for"
}

// andLeftOut ends a sentence about a plan that leaves n tenants and accounts out.
func andLeftOut(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d NOT COVERED", n)
}

func (w wording) decisionWords() (string, error) {
	switch w.Type {
	case typeLinked:
		var d accountLinked
		err := w.Decode(&d)
		return "Linked " + w.who + w.in + " to " + cmp.Or(said(d.Name), said(d.Number)) + because(d.Reason), err
	case typeExcepted:
		var d findingExcepted
		err := w.Decode(&d)
		return "Left " + w.who + w.in + " alone as " + string(d.Kind) + " until the end of " + d.Until + because(d.Reason), err
	}
	var d withReason
	err := w.Decode(&d)
	verb := map[string]string{
		typeUnlinked: "Took the link away from ", typeUnexcepted: "Ended the exception of ", typeProtected: "Protected ", typeUnprotected: "Ended the protection of ",
	}[w.Type]
	return verb + w.who + w.in + because(d.Reason), err
}

func (w wording) syncWords() (string, error) {
	switch w.Type {
	case typeRosterImported, typeRosterHeld:
		var d rosterTaken
		err := w.Decode(&d)
		if w.Type == typeRosterHeld {
			return "Held the roster " + w.who + " back: " + counted(d.People, "row"), err
		}
		return "Imported the roster " + w.who + ": revision " + fmt.Sprint(d.Revision) + " of " + d.Source + ", " + peopleWord(d.People), err
	}
	var d snapshotTaken
	err := w.Decode(&d)
	sealed := w.Type == typeSnapshotSealed
	switch {
	case d.File != nil && sealed: // nobody can tell whether a file is complete
		return "Imported the list of " + w.place + ": " + counted(d.Accounts, "account"), err
	case d.File != nil:
		return "Held the list of " + w.place + " back: " + counted(d.Accounts, "account"), err
	case sealed:
		return "Synced " + w.place + ": " + counted(d.Accounts, "account") + ", complete", err
	}
	return "Synced " + w.place + ": the list is not complete", err
}

func peopleWord(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func (w wording) settingWords() (string, error) {
	switch w.Type {
	case typeRecordCreated:
		var d recordCreated
		err := w.Decode(&d)
		return "Began this record with " + d.Program, err
	case typeTenantAdded:
		var d tenantAdded
		err := w.Decode(&d)
		if d.Source == SourceFile {
			return "Added the tenant " + d.Name + ", whose list comes as a file", err
		}
		return "Connected the tenant " + d.Name + " at " + d.BaseURL, err
	case typeWritesAllowed:
		var d withReason
		err := w.Decode(&d)
		return "Allowed changes" + w.in + because(d.Reason), err
	case typeWritesEnded:
		var d withReason
		err := w.Decode(&d)
		return "Stopped allowing changes" + w.in + because(d.Reason), err
	case typeTenantRemoved:
		return "Removed the tenant " + w.place, nil
	case typeSettingChanged:
		var d settingChanged
		err := w.Decode(&d)
		return setTo(d.Key, d.Value), err
	case audit.TypeRekeyed:
		var d withReason
		err := w.Decode(&d)
		return "Replaced the key that signs this record" + because(d.Reason), err
	case typeExported:
		var d recordExported
		err := w.Decode(&d)
		return "Exported an evidence pack, " + said(d.File), err
	}
	return "", nil
}

// deeds says what an action does, before and after. %s is the account.
var deeds = map[string]struct{ will, did, doing string }{
	actionDeactivate:   {"deactivate %s", "Deactivated %s", "Deactivating %s"},
	actionReactivate:   {"reactivate %s", "Reactivated %s", "Reactivating %s"},
	actionDelete:       {"delete %s", "Deleted %s", "Deleting %s"},
	actionRemoveMember: {"take %s out of %s", "Took %s out of %s", "Taking %s out of %s"},
	actionAddMember:    {"put %s into %s", "Put %s into %s", "Putting %s into %s"},
}

// actionWords words an intent or an outcome. An outcome does not say itself
// what was done; its intent does.
func actionWords(ctx context.Context, log *audit.Log, w wording) (string, error) {
	var d actionOutcome
	intent, ok := w.Stored, true
	if w.Type == typeOutcome {
		if w.Decode(&d) != nil {
			return w.Type, nil
		}
		var err error
		if intent, ok, err = oneEntry(ctx, log, d.Intent); err != nil {
			return "", err
		}
	}
	var i actionIntent
	if !ok || intent.Type != typeIntent || intent.Decode(&i) != nil {
		return "Acted upon " + w.who + w.in + ": " + OutcomeWords(d.Outcome), nil
	}
	deed, known := deeds[i.Action]
	if !known {
		return i.Action + " " + w.who + w.in + ": " + OutcomeWords(d.Outcome), nil
	}
	name := func(form string) string {
		if i.Action == actionRemoveMember || i.Action == actionAddMember {
			return fmt.Sprintf(form, w.who, cmp.Or(displayName(i.BeforeGroup.Bytes()), said(i.Group), "a group")) + w.in
		}
		return fmt.Sprintf(form, w.who) + w.in
	}
	switch {
	case w.Type == typeIntent:
		return "About to " + name(deed.will), nil
	case d.Outcome == outcomeConfirmed:
		return name(deed.did) + ": confirmed", nil
	case d.Outcome == outcomeGone:
		return name(deed.did) + ": confirmed, the account is gone", nil
	}
	return name(deed.doing) + ": " + OutcomeWords(d.Outcome), nil
}

// displayName is what a resource calls itself, "" where it does not say.
func displayName(resource []byte) string {
	var r struct {
		DisplayName string `json:"displayName"`
	}
	if json.Unmarshal(resource, &r, json.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return ""
	}
	return r.DisplayName
}

// oneEntry reads the entry with a number; false: there is none, or it is damaged.
func oneEntry(ctx context.Context, log *audit.Log, seq int64) (s audit.Stored, ok bool, err error) {
	if seq < 0 || seq >= log.Size() {
		return s, false, nil
	}
	err = eachEntry(ctx, log, seq, seq+1, func(r read) error {
		s, ok = r.Stored, r.damage == ""
		return nil
	})
	return s, ok, fileError(err)
}
