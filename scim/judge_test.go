package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"rollcall/scim"
)

// ask is what a hand-made server is asked for.
type ask struct {
	from, count int // from 0
	sorted      bool
}

// tell is its answer: users from..to-1, and a total unless that is negative.
type tell struct {
	from, to, total int
	status          int // other than 0: refused so
}

// judgements are servers that contradict themselves in ways that a single look
// does not show. The client asks for 100 at a time.
var judgements = []struct {
	name     string
	serve    func(q ask) tell
	complete bool
	trusted  bool
	passes   int
	problems []string
	sentence string
}{
	{name: "the closing page claims more", serve: func(q ask) tell {
		if q.from == 0 {
			return tell{from: 0, to: 100, total: 100}
		}
		return tell{from: 0, to: 0, total: 500}
	}, passes: 2, problems: []string{scim.ProblemFewer}, sentence: "100 of 500 listed, incomplete: The server claims 500 and listed 100"},
	{name: "the closing page alone claims anything", serve: func(q ask) tell {
		if q.from == 0 {
			return tell{from: 0, to: 100, total: -1}
		}
		return tell{from: 0, to: 0, total: 101}
	}, passes: 2, problems: []string{scim.ProblemFewer}},
	{name: "the closing page repeats ids and claims more", serve: func(q ask) tell {
		if q.from == 0 {
			return tell{from: 0, to: 100, total: 100}
		}
		return tell{from: 0, to: 50, total: 300}
	}, passes: 2, problems: []string{scim.ProblemFewer}},
	{name: "the closing page claims nothing is there", serve: func(q ask) tell {
		if q.from < 150 {
			return pageOf(q, 150, 150)
		}
		return tell{from: 0, to: 0, total: 0}
	}, complete: true, trusted: true, passes: 1, sentence: "150 of 150 listed"},
	{name: "the sorted pass lists and claims fewer", serve: func(q ask) tell {
		if q.sorted {
			return pageOf(q, 150, 150)
		}
		q.from = max(0, q.from-1) // the pages overlap
		return pageOf(q, 199, 200)
	}, passes: 2, problems: []string{scim.ProblemDisagree, scim.ProblemDisagree}, sentence: "150 of 200 listed, incomplete: The second pass left out 49 ids that the first one brought; The server claimed 200, and 150 in the second pass"},
	{name: "the sorted pass lists others", serve: func(q ask) tell {
		if q.sorted {
			return tell{from: q.from + 1, to: min(q.from+101, 151), total: 150}
		}
		q.from = max(0, q.from-1)
		return pageOf(q, 150, 150)
	}, passes: 2, problems: []string{scim.ProblemDisagree}},
	{name: "the sorted pass claims less than it lists", serve: func(q ask) tell {
		if q.sorted {
			return pageOf(q, 199, 150)
		}
		q.from = max(0, q.from-1)
		return pageOf(q, 199, 200)
	}, passes: 2, problems: []string{scim.ProblemDisagree}},
	{name: "the sorted pass no longer claims", serve: func(q ask) tell {
		if q.sorted {
			return pageOf(q, 199, -1)
		}
		return pageOf(q, 199, 200)
	}, passes: 2, problems: []string{scim.ProblemFewer}},
	{name: "the sorted pass finds all of it", serve: func(q ask) tell {
		if !q.sorted {
			q.from = max(0, q.from-1)
		}
		return pageOf(q, 200, 200)
	}, complete: true, trusted: true, passes: 2, sentence: "200 of 200 listed"},
	{name: "the verifying pass claims more", serve: func(q ask) tell {
		if q.count < 100 {
			return pageOf(q, 150, 900)
		}
		return pageOf(q, 150, -1)
	}, passes: 2, problems: []string{scim.ProblemFewer}, sentence: "150 of 900 listed, incomplete: The server claims 900 and listed 150"},
	{name: "the pages of the verifying pass overlap", serve: func(q ask) tell {
		if q.count < 100 {
			q.from = max(0, q.from-1)
		}
		return pageOf(q, 150, -1)
	}, passes: 2, problems: []string{scim.ProblemUnstable}},
	{name: "the verifying pass claims fewer", serve: func(q ask) tell {
		if q.from >= 79 { // begins again before the end
			q.from = 0
		}
		if q.count < 80 {
			return pageOf(q, 80, 60)
		}
		return pageOf(q, 80, 80)
	}, complete: true, passes: 2, sentence: "80 listed, twice alike; the server's total of 80 is not trustworthy"},
	{name: "always the first page of a longer list", serve: func(q ask) tell {
		return tell{from: 0, to: 100, total: 100}
	}, passes: 2, problems: []string{scim.ProblemNoPaging}},
	{name: "always the first page, which is longer than asked for", serve: func(q ask) tell {
		return tell{from: 0, to: 250, total: 250}
	}, passes: 2, problems: []string{scim.ProblemNoPaging}},
	{name: "always the first resources, as many as asked for", serve: func(q ask) tell {
		return tell{from: 0, to: q.count, total: q.count}
	}, passes: 2, problems: []string{scim.ProblemDisagree}},
	{name: "all resources, always", serve: func(q ask) tell {
		return tell{from: 0, to: 137, total: 137}
	}, complete: true, passes: 2, sentence: "137 of 137 listed, twice alike; the server does not page, its total is all there is to go by"},
	{name: "all resources, always, and another total from the second", serve: func(q ask) tell {
		if q.from == 1 {
			return tell{from: 0, to: 137, total: 138}
		}
		return tell{from: 0, to: 137, total: 137}
	}, passes: 2, problems: []string{scim.ProblemFewer}},
	{name: "all resources, always, and a smaller total in the second pass", serve: func(q ask) tell {
		if q.count < 100 {
			return tell{from: 0, to: 137, total: 120}
		}
		return tell{from: 0, to: 137, total: 137}
	}, passes: 2, problems: []string{scim.ProblemNoPaging}},
	{name: "all resources, always, and others from the second", serve: func(q ask) tell {
		if q.from == 1 {
			return tell{from: 200, to: 337, total: 137}
		}
		return tell{from: 0, to: 137, total: 137}
	}, passes: 2, problems: []string{scim.ProblemDisagree}},
	{name: "all resources, always, and none from the second", serve: func(q ask) tell {
		if q.from == 1 {
			return tell{from: 0, to: 0, total: 100}
		}
		return tell{from: 0, to: 100, total: 100}
	}, passes: 2, problems: []string{scim.ProblemNoPaging}},
}

// pageOf is an honest page of n users with a total.
func pageOf(q ask, n, total int) tell {
	return tell{from: min(q.from, n), to: min(q.from+q.count, n), total: total}
}

func TestListJudgement(t *testing.T) {
	for _, tc := range judgements {
		t.Run(tc.name, func(t *testing.T) {
			l := listHandMade(t, scim.Config{}, tc.serve)
			equal(t, "complete", l.Complete, tc.complete)
			equal(t, "trusted", l.TotalTrusted, tc.trusted)
			equal(t, "passes", len(l.Passes), tc.passes)
			equalList(t, "problems", codes(l), tc.problems)
			if tc.sentence != "" {
				equal(t, "sentence", l.Sentence(), tc.sentence)
			}
		})
	}
}

// listHandMade lists the users of a server that answers as told.
func listHandMade(t *testing.T, cfg scim.Config, serve func(q ask) tell) scim.Listing {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := func(name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
		a := serve(ask{number("startIndex") - 1, number("count"), r.URL.Query().Has("sortBy")})
		if a.status != 0 {
			w.WriteHeader(a.status)
			return
		}
		var users []string
		for i := a.from; i < a.to; i++ {
			users = append(users, fmt.Sprintf(`{"id":"u%d","userName":"n%d"}`, i, i))
		}
		total := ""
		if a.total >= 0 {
			total = fmt.Sprintf(`"totalResults":%d,`, a.total)
		}
		fmt.Fprintf(w, `{%s"Resources":[%s]}`, total, strings.Join(users, ","))
	}))
	t.Cleanup(s.Close)
	cfg.BaseURL = s.URL
	l, err := client(t, cfg).List(context.Background(), scim.Users, scim.ListOptions{}, func(scim.Page) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestListAsManyAsAsked: without paging, the very number that was asked for may
// be a cut, whatever it is.
func TestListAsManyAsAsked(t *testing.T) {
	serve := func(ask) tell { return tell{from: 0, to: 37, total: 37} }
	equal(t, "asked for as many", listHandMade(t, scim.Config{PageSize: 37}, serve).Complete, false)
	equal(t, "asked for another number", listHandMade(t, scim.Config{PageSize: 36}, serve).Complete, true)
}
