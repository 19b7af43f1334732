package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"rollcall/audit"
)

// EntryDetail is one entry with everything that the record holds about it.
type EntryDetail struct {
	EntryLine
	Raw        json.RawMessage `json:"raw"`        // the entry itself, canonical JSON
	Leaf       string          `json:"leaf"`       // its RFC 6962 leaf hash, hex
	Checkpoint *SignedNote     `json:"checkpoint"` // the oldest that covers it; nil: none does yet
	Why        string          `json:"why,omitempty"`
	Status     int             `json:"status,omitempty"`  // HTTP status of the call; 0: none was seen
	Started    *EntryLine      `json:"started,omitempty"` // of an outcome: its intent
	Ended      []EntryLine     `json:"ended,omitempty"`   // of an intent: its outcomes
	Request    *SentRequest    `json:"request,omitempty"` // of an intent or an outcome
	Change     *EntryChange    `json:"change,omitempty"`
	Plan       string          `json:"plan,omitempty"`     // hash of the plan that it belongs to
	Undoable   bool            `json:"undoable,omitzero"`  // of an intent or an outcome: [App.Undo] may still take back what was done
	UndoneBy   []string        `json:"undoneBy,omitempty"` // of these: as [PlanAction] has it
}

// SignedNote is a checkpoint of the record.
type SignedNote struct {
	Size int64  `json:"size"` // entries that it covers
	Note string `json:"note"` // C2SP signed note
}

// SentRequest is a request as the record names it.
type SentRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"` // "" where it was erased
	Form   string `json:"form"`
	Body   string `json:"body"` // as sent; "" for none
	Erased bool   `json:"erased,omitempty"`
}

// Entry reads one entry with what belongs to it. What was erased is left out
// and said so; an entry that is damaged has nothing but Damage.
func (a *App) Entry(ctx context.Context, seq int64) (EntryDetail, error) {
	var d EntryDetail
	log, err := a.readLog(ctx)
	if err != nil {
		return d, err
	}
	if seq < 0 || seq >= log.Size() {
		return d, notFound(fmt.Sprintf("The record has no entry %d.", seq), "Its entries are listed on the page Record.")
	}
	names, err := a.tenantNames(ctx)
	if err != nil {
		return d, err
	}
	if _, err := a.listEntries(ctx, log); err != nil { // so that an intent finds its outcomes
		return d, err
	}
	err = eachEntry(ctx, log, seq, seq+1, func(r read) (err error) {
		if d.EntryLine, err = a.entryLine(ctx, log, r, names); err != nil || r.damage != "" {
			return err
		}
		d.Raw, d.Leaf = json.RawMessage(r.Body), hex.EncodeToString(r.Leaf[:])
		return a.fillEntry(ctx, log, &d, r.Stored, names)
	})
	if err != nil {
		return d, fileError(err)
	}
	if d.Type == typeIntent || d.Type == typeOutcome {
		if err = a.fillUndone(ctx, &d); err != nil {
			return d, err
		}
	}
	c, ok, err := a.rec.CheckpointOver(ctx, seq)
	if ok {
		d.Checkpoint = &SignedNote{c.Size, string(c.Note)}
	}
	return d, fileError(err)
}

func (a *App) fillEntry(ctx context.Context, log *audit.Log, d *EntryDetail, s audit.Stored, names map[string]string) error {
	switch s.Type {
	case typeIntent:
		return a.fillIntent(ctx, log, d, s, names)
	case typeOutcome:
		return a.fillOutcome(ctx, log, d, s, names)
	case typeSkipped, typeStopped:
		var data actionSkipped
		err := s.Decode(&data)
		d.Why, d.Plan = said(data.Why), data.Plan
		return err
	}
	var data struct {
		Plan any    `json:"plan"`
		Hash string `json:"hash"`
	}
	if s.Decode(&data) == nil { // plan.created has its hash, runs and steps name it
		text, _ := data.Plan.(string)
		d.Plan = firstOf(data.Hash, text)
	}
	return nil
}

func (a *App) fillIntent(ctx context.Context, log *audit.Log, d *EntryDetail, s audit.Stored, names map[string]string) error {
	var i actionIntent
	if err := s.Decode(&i); err != nil {
		return err
	}
	d.Plan, d.Request = i.Plan, requestOf(s, i)
	var after *actionOutcome
	for _, seq := range d.Outcomes {
		err := eachEntry(ctx, log, seq, seq+1, func(r read) error {
			line, err := a.entryLine(ctx, log, r, names)
			if err != nil || r.damage != "" {
				return err
			}
			d.Ended = append(d.Ended, line)
			after = new(actionOutcome)
			return r.Decode(after)
		})
		if err != nil {
			return err
		}
	}
	change := changeOf(i, after)
	d.Change = &change
	return nil
}

func (a *App) fillOutcome(ctx context.Context, log *audit.Log, d *EntryDetail, s audit.Stored, names map[string]string) error {
	var o actionOutcome
	if err := s.Decode(&o); err != nil {
		return err
	}
	d.Plan, d.Why, d.Status = o.Plan, said(o.Why), o.Status
	if o.Intent < 0 || o.Intent >= s.Seq {
		return nil
	}
	return eachEntry(ctx, log, o.Intent, o.Intent+1, func(r read) error {
		line, err := a.entryLine(ctx, log, r, names)
		if err != nil {
			return err
		}
		d.Started = &line
		var i actionIntent
		if r.damage != "" || r.Type != typeIntent || r.Decode(&i) != nil {
			return nil // a step that a person did: nothing was sent
		}
		change := changeOf(i, &o)
		d.Request, d.Change = requestOf(r.Stored, i), &change
		return nil
	})
}

func requestOf(s audit.Stored, i actionIntent) *SentRequest {
	r := &SentRequest{Form: i.Form, Body: string(i.Body.Bytes()), Erased: i.Body.Erased()}
	q, ok := s.Request()
	if !ok {
		r.Erased = true
		return r
	}
	r.Method, r.URL = q.Method, q.Origin+q.Path
	return r
}
