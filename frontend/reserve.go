package frontend

import (
	"slices"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// reserve is what keeps a page that counts no finding of some kinds from saying
// that all is well.
type reserve struct {
	Alone    int // findings that are left alone
	Disputed int // accounts whose person nobody knows
	Unknown  int // lists that are not complete
}

func newReserve(o app.Overview, kinds ...reconcile.Kind) reserve {
	r := reserve{Unknown: incompleteLists(o.Frame())}
	for _, k := range kinds {
		r.Alone += o.LeftAlone[k]
	}
	if !slices.Contains(kinds, reconcile.KindDisputed) {
		r.Disputed = o.ByKind[reconcile.KindDisputed] + o.LeftAlone[reconcile.KindDisputed]
	}
	return r
}

func incompleteLists(f app.Frame) int {
	n := 0
	for _, l := range f.Lists {
		if !l.Sealed {
			n++
		}
	}
	return n
}

// note is the claim, or why it cannot be made, in a few words.
func (r reserve) note(claim string) string {
	if r == (reserve{}) {
		return claim
	}
	parts := []string{"none known"}
	if r.Alone > 0 {
		parts[0] = "none besides " + count(r.Alone) + " left alone"
	}
	if r.Disputed > 0 {
		parts = append(parts, count(r.Disputed)+" disputed")
	}
	if r.Unknown > 0 {
		parts = append(parts, many(r.Unknown, "list")+" not complete")
	}
	return strings.Join(parts, " · ")
}

// sentence is the note in a sentence of its own.
func (r reserve) sentence(claim string) string {
	if r == (reserve{}) {
		return claim
	}
	words := "Nothing found in what is known"
	if r.Alone > 0 {
		words += " besides " + many(r.Alone, "finding") + " left alone"
	}
	if r.Unknown > 0 {
		words += "; " + many(r.Unknown, "list is", "lists are") + " not complete"
	}
	return words + "."
}
