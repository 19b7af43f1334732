package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"rollcall/app/reconcile"
)

// travel books trips. It has no SCIM: somebody exports its members now and then.
func (c *company) travel() File {
	m := c.maker("Travel portal", 5, func(_ *rand.Rand, n int) string { return fmt.Sprint(n) })
	leavers := c.with(leaver)
	for i, p := range c.people {
		u := User{UserName: p.email, Emails: []string{p.email}, Active: true}
		switch {
		case p == leavers[1]:
			m.own(p, u, reconcile.KindLeaver)
		case p.plant == gone && i%2 == 0:
			u.Active = false
			m.own(p, u)
		case p.plant == ordinary && i%8 == 0, p.plant == contractor && i%3 == 0:
			m.own(p, u)
		}
	}
	m.agency("Jo Westbrook")
	for i := range m.t.Users { // a file knows its members by their addresses
		m.t.Users[i].ID = strings.ToLower(m.t.Users[i].UserName)
	}
	return File{
		Tenant: m.t, CSV: memberCSV(m.t.Users), Base: "travel-members.csv", ExportedBy: "Nia Okafor", Screen: "Administration > Members",
		Filter: "all, suspended ones included", Age: 3 * time.Hour,
	}
}

// memberCSV writes the list as such services do, with more than anybody needs.
func memberCSV(users []User) []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Comma = ';'
	w.Write([]string{"Email", "Full Name", "Status", "Traveller type", "Last login"})
	for i, u := range users {
		status := "Active"
		if !u.Active {
			status = "Suspended"
		}
		w.Write([]string{u.UserName, u.DisplayName, status, "Standard", fmt.Sprintf("week %d", 40+i%7)})
	}
	w.Flush() // to memory: cannot fail
	return buf.Bytes()
}
