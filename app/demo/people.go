package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	headCount = 250
	seed      = 0x726f6c6c
)

// person is a row of the roster.
type person struct {
	number, given, family string
	email, login          string
	department, kind      string
	manager, status       string
	start, end            time.Time
	plant                 plant
}

// plant is what a person is there to show.
type plant int

const (
	ordinary    plant = iota
	gone              // left long ago, accounts closed
	leaver            // left, and somebody forgot an account
	leavingSoon       // said to have left, last day not over
	onLeave           // on leave: no leaver
	preHire           // not started: no leaver
	rehired           // last day before the first: an old one
	contractor        // with a last day ahead
	double            // two active accounts in one tenant
	mixed             // two people's keys on one account
	renamed           // an account still has the name before the wedding
)

// cast says how many people have which part; the rest is ordinary.
var cast = []struct {
	plant plant
	n     int
}{{gone, 9}, {leaver, 3}, {leavingSoon, 1}, {onLeave, 7}, {preHire, 4}, {rehired, 1}, {contractor, 16}, {double, 1}, {mixed, 4}, {renamed, 1}}

// company is the roster and the source of everything random.
type company struct {
	now    time.Time
	rnd    *rand.Rand
	people []*person
}

func newCompany(now time.Time) *company {
	c := &company{now: now, rnd: rand.New(rand.NewPCG(seed, 1))}
	full := c.names()
	var plants []plant
	for _, p := range cast {
		plants = append(plants, slices.Repeat([]plant{p.plant}, p.n)...)
	}
	for i := range headCount {
		p := c.person(i, full[i])
		if i%5 == 4 && len(plants) > 0 { // spread over the list
			p.plant, plants = plants[0], plants[1:]
		}
		c.play(p)
		c.people = append(c.people, p)
	}
	for i, p := range c.people {
		if i > 0 {
			p.manager = c.people[(i-1)/8].number
		}
	}
	return c
}

// names draws different pairs of given and family name.
func (c *company) names() [][2]string {
	var all [][2]string
	logins := map[string]bool{}
	for len(all) < headCount {
		g, f := givenNames[c.rnd.IntN(len(givenNames))], familyNames[c.rnd.IntN(len(familyNames))]
		if login := loginOf(g, f); !logins[login] {
			logins[login] = true
			all = append(all, [2]string{g, f})
		}
	}
	return all
}

func loginOf(given, family string) string { return strings.ToLower(given[:1] + family) }

func (c *company) person(i int, name [2]string) *person {
	p := &person{
		number:     strconv.Itoa(1001 + i),
		given:      name[0],
		family:     accented.Replace(name[1]),
		email:      strings.ToLower(name[0]+"."+name[1]) + "@" + Domain,
		login:      loginOf(name[0], name[1]),
		kind:       "employee",
		status:     "active",
		department: department(i),
	}
	p.start = c.day(-90 - c.rnd.IntN(2900))
	return p
}

func department(i int) string {
	at := i % 25
	for _, d := range departments {
		if at -= d.share; at < 0 {
			return d.name
		}
	}
	return "" // the shares add up to 25
}

// day is a date that many days from today.
func (c *company) day(n int) time.Time {
	y, m, d := c.now.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, c.now.Location())
}

// play sets what a person's part needs.
func (c *company) play(p *person) {
	switch p.plant {
	case gone:
		p.status, p.end = "left", c.day(-60-c.rnd.IntN(20))
	case leaver:
		p.status, p.end = "left", c.day(-3-4*c.part(leaver)*c.part(leaver))
	case leavingSoon:
		p.status, p.end = "left", c.day(3)
	case onLeave:
		p.status = "on leave"
	case preHire:
		p.status, p.start = "pre-hire", c.day(7+c.rnd.IntN(30))
	case rehired:
		p.start, p.end = c.day(-40), c.day(-400)
	case contractor:
		p.kind, p.end = "contractor", c.day(30+c.rnd.IntN(200))
	}
}

// part counts the people with a part so far.
func (c *company) part(p plant) int { return len(c.with(p)) }

func (c *company) with(p plant) (found []*person) {
	for _, who := range c.people {
		if who.plant == p {
			found = append(found, who)
		}
	}
	return found
}

// csv writes the roster as of a day, with more columns than anybody should keep.
func (c *company) csv(on time.Time) []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write([]string{"Employee Number", "First Name", "Last Name", "Email", "Login", "Department", "Manager", "Employment Type", "Status", "Start Date", "End Date", "Cost Centre"})
	for i, p := range c.people {
		status, end := p.on(on)
		w.Write([]string{p.number, p.given, p.family, p.email, p.login, p.department, p.manager, p.kind, status,
			date(p.start), date(end), fmt.Sprintf("CC-%03d", 100+i%7*10)})
	}
	w.Flush() // to memory: cannot fail
	return buf.Bytes()
}

// lead is how many days before the last one it is known.
const lead = 4

// on is what the roster says of a person on a day: who leaves later is still
// there.
func (p *person) on(day time.Time) (status string, end time.Time) {
	if p.status == "left" && p.end.After(day.AddDate(0, 0, lead)) {
		return "active", time.Time{}
	}
	return p.status, p.end
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
