package app

import (
	"testing"

	"rollcall/db/storeq"
	"rollcall/scim/scimtest"
)

// Letters that fold to several are found however they are typed, by whoever
// searches by words.
func TestSearchFoldsLettersToSeveral(t *testing.T) {
	w := newWorld(t)
	names := map[string]string{"1": "Ägidius Straße", "2": "İpek Yılmaz", "3": "ﬁona Oﬃce", "4": "GROẞ Same"}
	var opt scimtest.Options
	roster := "number,name,email,status\n5,Ann Same,ann@corp.example,active\n"
	for n, name := range names {
		mail := "p" + n + "@corp.example"
		opt.Users = append(opt.Users, scimtest.User{ID: "u" + n, UserName: mail, DisplayName: name, ExternalID: n, Emails: []string{mail}, Active: true})
		roster += n + "," + name + "," + mail + ",active\n"
	}
	w.serve("Acme", opt)
	w.roster(roster)
	w.sync()
	for typed, want := range map[string]string{
		"straße": "1", "STRASSE": "1", "strasse": "1", "STRAẞE": "1", "stras": "1", "agidius strasse": "1", "ipek": "2", "IPEK": "2",
		"fiona": "3", "ﬁona": "3", "office": "3", "OFFICE fiona": "3", "gross": "4", "groß": "4",
	} {
		if p := w.people(PeopleFilter{Search: typed}); len(p.People) != 1 || p.People[0].Number != want {
			t.Errorf("people: %q finds %q, want %s", typed, numbers(p.People), want)
		}
		if a, err := w.app.Accounts(t.Context(), AccountFilter{Tenant: "Acme", Search: typed}); err != nil || len(a.Accounts) != 1 || a.Accounts[0].ID != "u"+want {
			t.Errorf("accounts: %q finds %+v, %v", typed, a.Accounts, err)
		}
		found, err := w.app.Search(t.Context(), typed, 0)
		kinds := map[string]bool{}
		for _, h := range found.Hits {
			kinds[h.Kind] = true
		}
		if err != nil || len(found.Hits) != 2 || !kinds[HitPerson] || !kinds[HitAccount] {
			t.Errorf("search: %q finds %+v, %v", typed, found.Hits, err)
		}
	}
	for _, name := range []string{"AGIDIUS STRASSE", "Strasse, Ägidius", "fiona office"} {
		err := w.app.read(t.Context(), func(q *storeq.Queries) error {
			_, err := onePerson(t.Context(), q, name)
			return err
		})
		if err != nil {
			t.Errorf("by name: %q: %v", name, err)
		}
	}
}
