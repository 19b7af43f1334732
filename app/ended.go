package app

import "time"

// Ended is work in the background of this process that came to its end. It
// names nobody: it may be shown where others look on.
type Ended struct {
	What    string        `json:"what"`             // "sync", "run" or "verify"
	N       int           `json:"n"`                // tenants, actions or entries
	Short   int           `json:"short"`            // of those, not complete or not confirmed; of a check 1 where it did not hold
	Hand    int           `json:"byHand,omitzero"`  // of a run: steps that a person does, which are not among Short
	Idle    bool          `json:"idle,omitzero"`    // of a run: it did not begin, and nothing was sent
	Stopped int           `json:"stopped,omitzero"` // of a sync: tenants whose sync somebody stopped, which are not among Short
	Took    time.Duration `json:"took"`
	At      time.Time     `json:"at"`
}

// OnEnded has f told of all work in the background that ends from now on, in
// place of whoever was told before. f must not block.
func (a *App) OnEnded(f func(Ended)) {
	a.know.mu.Lock()
	defer a.know.mu.Unlock()
	a.know.tell = f
}

// ended notes that work is over and tells who asked. Work that the closing of
// the workspace stopped did not end.
func (a *App) ended(e Ended, began time.Time) {
	e.At = a.cfg.Now().UTC()
	e.Took = e.At.Sub(began)
	a.know.mu.Lock()
	tell, stopped := a.know.tell, a.know.stopped
	if !stopped {
		a.know.last = &e
	}
	a.know.mu.Unlock()
	if tell != nil && !stopped {
		tell(e)
	}
}

// lastEnded is what ended last; nil: nothing did.
func (k *knowing) lastEnded() *Ended {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

// endedSync counts the tenants whose list is not complete, or was not had.
func endedSync(tenants int, results []Sync) Ended {
	e := Ended{What: "sync", N: tenants, Short: tenants}
	for _, s := range results {
		if s.Sealed {
			e.Short--
		}
	}
	return e
}

// endedRun counts what was not confirmed of a plan's actions, and what waits
// for a person. A result that could not be had confirms nothing.
func endedRun(actions int, r RunResult, idle bool) Ended {
	return Ended{What: "run", N: actions, Short: actions - r.Confirmed - r.ByHand, Hand: r.ByHand, Idle: idle}
}

func endedVerify(r RecordState, err error) Ended {
	e := Ended{What: "verify", N: int(r.VerifiedTo)}
	if err != nil || !r.OK {
		e.Short = 1
	}
	return e
}
