package app

import (
	"context"
	"errors"
)

// verifyKey names the check of the record among what this process is busy with.
const verifyKey = "verify"

// StartVerify does what VerifyRecord does, in the background: progress is
// among what the overview says is under way, the result in RecordState. done is
// closed when it has ended. Where a check is under way already, it is that one.
func (a *App) StartVerify() (done <-chan struct{}, err error) {
	return a.startVerify(a.VerifyRecord, true)
}

// StartVerifyRest does the same for what was recorded since the last check, and
// nobody is told that it ended: nobody asked.
func (a *App) StartVerifyRest() (done <-chan struct{}, err error) {
	return a.startVerify(a.verifyRest, false)
}

func (a *App) startVerify(verify func(context.Context) (RecordState, error), asked bool) (done <-chan struct{}, err error) {
	a.verifyMu.Lock()
	defer a.verifyMu.Unlock()
	if a.verifying != nil {
		return a.verifying, nil
	}
	ctx, ok := a.know.background()
	if !ok {
		return nil, closing()
	}
	end := make(chan struct{})
	a.verifying, a.unverified = end, nil
	a.know.begin(verifyKey, Progress{What: "verify", Stage: "entries", Started: a.cfg.Now().UTC()})
	began := a.cfg.Now()
	go func() {
		defer a.know.syncs.Done()
		state, err := verify(ctx)
		if asked {
			a.ended(endedVerify(state, err), began)
		}
		a.endVerify(err)
		close(end)
	}()
	return end, nil
}

// verifyStep tells how far the check is, to whoever listens and, where it runs
// in the background, to the overview.
func (a *App) verifyStep(done, total int64) {
	p := Progress{What: "verify", Stage: "entries", Done: int(done), Total: int(total)}
	a.progress(p)
	a.know.advance(verifyKey, p)
}

func (a *App) endVerify(err error) {
	a.know.end(verifyKey, nil)
	a.verifyMu.Lock()
	defer a.verifyMu.Unlock()
	a.verifying = nil
	if err != nil && !errors.Is(err, context.Canceled) {
		e := Explain(err)
		a.unverified = &Problem{Code: "verify-ended", Text: e.Text, Do: e.Do}
	}
}
