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

// TestOddEnvelopes: a list of 130 is not sealed where its page says, in
// whatever spelling, that there are 250, or says something that nobody can read.
func TestOddEnvelopes(t *testing.T) {
	const there = 130
	for name, tc := range map[string]struct{ members, problem string }{
		"a fraction of nothing":       {`"totalResults":250.0`, scim.ProblemFewer},
		"an exponent":                 {`"totalResults":2.5e2`, scim.ProblemFewer},
		"text":                        {`"totalResults":"250"`, scim.ProblemFewer},
		"text with spaces":            {`"totalResults":" 250 "`, scim.ProblemFewer},
		"the larger total first":      {`"totalResults":250,"TotalResults":130`, scim.ProblemFewer},
		"the larger total last":       {`"totalResults":130,"totalResults":250`, scim.ProblemFewer},
		"a total and null":            {`"totalResults":250,"totalResults":null`, scim.ProblemFewer},
		"digits in groups":            {`"totalResults":"1,250"`, scim.ProblemUnread},
		"a part of one":               {`"totalResults":130.5`, scim.ProblemUnread},
		"more than can be counted":    {`"totalResults":99999999999999999999999`, scim.ProblemUnread},
		"no text in it":               {`"totalResults":""`, scim.ProblemUnread},
		"an object":                   {`"totalResults":{"value":250,"relation":"eq"}`, scim.ProblemUnread},
		"a list":                      {`"totalResults":[250]`, scim.ProblemUnread},
		"a boolean":                   {`"totalResults":true`, scim.ProblemUnread},
		"one of two cannot be read":   {`"totalResults":[250],"totalResults":130`, scim.ProblemUnread},
		"a cursor that is an object":  {`"totalResults":130,"nextCursor":{"token":"abc"}`, scim.ProblemUnread},
		"a cursor that is a boolean":  {`"nextCursor":true`, scim.ProblemUnread},
		"exactly as many":             {`"totalResults":1.3e2`, ""},
		"no total":                    {`"totalResults":null,"nextCursor":null`, ""},
		"a total that names none":     {`"totalResults":-1`, ""},
		"no cursor, as an empty text": {`"totalResults":130,"nextCursor":""`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := envelope(t, tc.members, there).List(context.Background(), scim.Users, scim.ListOptions{}, func(scim.Page) error { return nil })
			if err != nil || l.Distinct != there {
				t.Fatalf("%d listed, %v", l.Distinct, err)
			}
			if tc.problem == "" {
				equal(t, "complete", l.Complete, true)
				return
			}
			equal(t, "complete", l.Complete, false)
			equalList(t, "problems", codes(l), []string{tc.problem})
		})
	}
}

// envelope is a client of a server that pages n users properly, with the same
// members beside each page.
func envelope(t *testing.T, members string, n int) *scim.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		count, _ := strconv.Atoi(r.URL.Query().Get("count"))
		var users []string
		for i := max(start, 1); i < start+count && i <= n; i++ {
			users = append(users, fmt.Sprintf(`{"id":"u%d","userName":"n%d"}`, i, i))
		}
		fmt.Fprintf(w, `{%s,"Resources":[%s]}`, members, strings.Join(users, ","))
	}))
	t.Cleanup(s.Close)
	return client(t, scim.Config{BaseURL: s.URL})
}
