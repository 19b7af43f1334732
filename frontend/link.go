package frontend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"rollcall/app"
)

// linkHits is who was found for whose account it is.
type linkHits struct {
	Dialog string // id of the dialog that asks
	Search string
	People []candidateView
	More   string // how many are not listed; "" for none
}

// findingPeople finds people while one types in the dialog of a link.
func (s *site) findingPeople(w http.ResponseWriter, r *http.Request) error {
	v := linkHits{Dialog: linkDialogID(r.PathValue("id")), Search: r.URL.Query().Get("other")}
	if strings.TrimSpace(v.Search) != "" {
		page, err := s.app.People(r.Context(), app.PeopleFilter{Search: v.Search, Limit: mostHits})
		if err != nil {
			return err
		}
		for _, p := range page.People {
			v.People = append(v.People, foundPerson(p))
		}
		if n := page.Total - len(v.People); n > 0 {
			v.More = "and " + count(n) + " more; type another letter"
		}
	}
	s.render(w, r, http.StatusOK, linkFound(v))
	return nil
}

func foundPerson(p app.PersonRow) candidateView {
	v := candidateView{Name: row(firstOf(p.Name, p.Number)), Number: row(p.Number), Formal: shownAs(p.ID, p.Name), Leaver: p.Gone()}
	v.Status, _ = statusWords(p)
	return v
}

// findingLink says whose the account of a finding is. The person is chosen from
// those that were found, so that nobody is linked unseen; without a script what
// was typed has to name one.
func (s *site) findingLink(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	d, err := s.app.Finding(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	person, err := s.asShown(r.Context(), strings.TrimSpace(r.PostForm.Get("person")))
	switch {
	case err != nil:
		return wrongAt("other", err)
	case person == "" && isPartial(r):
		return &app.Error{Kind: app.KindUsage, Text: "Nobody is chosen yet.", Do: "Type a part of the name or the number, and choose the person from the list.", Field: "other"}
	case person == "":
		person = strings.TrimSpace(r.PostForm.Get("other"))
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" {
		return &app.Error{Kind: app.KindUsage, Text: "A link needs a reason.", Do: "Say how it is known whose the account is.", Field: app.FieldReason}
	}
	l, err := s.app.LinkAccountFor(r.Context(), strings.TrimSpace(r.PostForm.Get("ticket")), d.TenantID, d.Account.ID, person, reason)
	if err != nil {
		return err
	}
	s.staged.drop(d.ID)
	s.decided(w, r, "/findings", "Linked to "+visible(firstOf(l.Person.Name, l.Person.Number), rowMax))
	return nil
}

// shownAs is a person as a form names them: by their id, and by a digest of the
// name beside it. A roster that comes meanwhile may give a number to somebody else.
func shownAs(id, name string) string {
	sum := sha256.Sum256([]byte(name))
	return id + "~" + hex.EncodeToString(sum[:8])
}

// asShown is the id of a person that a form names, if that is still who was shown;
// a name without that digest is returned as it is.
func (s *site) asShown(ctx context.Context, named string) (string, error) {
	id, _, ok := strings.Cut(named, "~")
	if !ok {
		return named, nil
	}
	p, err := s.app.Person(ctx, id)
	if err == nil && shownAs(id, p.Name) != named {
		err = &app.Error{Kind: app.KindRefused, Text: "The number stands for somebody else since a newer roster came. Nothing was recorded.", Do: "Search for the person again."}
	}
	return id, err
}
