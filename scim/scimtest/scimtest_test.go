package scimtest_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"rollcall/scim/scimtest"
)

// ask sends one request with the right token.
func ask(t *testing.T, s *scimtest.Server, method, path, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+scimtest.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

type list struct {
	TotalResults int `json:"totalResults"`
	StartIndex   int `json:"startIndex"`
	ItemsPerPage int `json:"itemsPerPage"`
	Resources    []struct {
		ID       string `json:"id"`
		UserName string `json:"userName"`
		Groups   []struct {
			Value string `json:"value"`
		} `json:"groups"`
	}
}

// TestConformance: the answers of a server without quirks, as RFC 7644 has
// them.
func TestConformance(t *testing.T) {
	s := scimtest.New(scimtest.Options{
		Users:  []scimtest.User{{ID: "1", UserName: "Zoe", Active: true, Emails: []string{"z@example.com"}}, {ID: "a/b c", UserName: "adam", ExternalID: "E1"}},
		Groups: []scimtest.Group{{ID: "g", DisplayName: "G", Members: []string{"1"}}},
		Count:  248,
	})
	defer s.Close()
	patch := func(op string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + op + `]}`
	}
	for _, tc := range []struct {
		method, path, body string
		status             int
		part               string
	}{
		{"GET", "/Users/1", "", 200, `"userName":"Zoe"`},
		{"GET", "/Users/1", "", 200, `"groups":[{"value":"g"`},
		{"GET", "/Users/a%2Fb%20c", "", 200, `"userName":"adam"`},
		{"GET", "/Users/9", "", 404, `"status":"404"`},
		{"GET", "/Users", "", 200, `"itemsPerPage":100`},
		{"GET", "/Users?startIndex=0&count=1", "", 200, `"startIndex":1,"itemsPerPage":1`},
		{"GET", "/Users?count=0", "", 200, `"totalResults":250,"startIndex":1,"itemsPerPage":0,"Resources":[]`},
		{"GET", "/Users?count=-1", "", 200, `"Resources":[]`},
		{"GET", "/Users?startIndex=251", "", 200, `"Resources":[]`},
		{"GET", "/Users?filter=userName%20eq%20%22zoe%22", "", 200, `"totalResults":1`},
		{"GET", "/Users?filter=externalId%20eq%20%22e1%22", "", 200, `"totalResults":0`},
		{"GET", "/Users?filter=userName%20sw%20%22USER%22%20and%20active%20eq%20true", "", 200, `"totalResults":248`},
		{"GET", "/Users?filter=nonsense", "", 400, `"scimType":"invalidFilter"`},
		{"GET", "/Users?sortBy=userName&count=1", "", 200, `"userName":"adam"`},
		{"GET", "/Users?sortBy=userName&sortOrder=descending&count=1", "", 200, `"userName":"Zoe"`},
		{"GET", "/Groups?filter=members.value%20eq%20%221%22", "", 200, `"displayName":"G"`},
		{"GET", "/ServiceProviderConfig", "", 200, `"patch":{"supported":true}`},
		{"GET", "/ResourceTypes", "", 200, `"/Groups"`},
		{"GET", "/Schemas", "", 200, `core:2.0:User`},
		{"POST", "/Schemas", "", 405, `"status":"405"`},
		{"PATCH", "/Users/1", patch(`{"op":"Replace","path":"active","value":false}`), 200, `"active":false`},
		{"PATCH", "/Users/1", patch(`{"op":"replace","value":{"active":true,"title":"Boss"}}`), 200, `"title":"Boss"`},
		{"PATCH", "/Users/1", patch(`{"op":"replace","path":"active","value":"False"}`), 400, `"scimType":"invalidValue"`},
		{"PATCH", "/Users/1", patch(`{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"id","value":"2"}`), 400, `"mutability"`},
		{"PATCH", "/Users/1", patch(`{"op":"move","path":"title"}`), 400, `"invalidSyntax"`},
		{"GET", "/Users/1", "", 200, `"title":"Boss"`},
		{"PUT", "/Users/1", `{"id":"9","userName":"zoe2","active":true,"groups":[]}`, 200, `"id":"1"`},
		{"GET", "/Users/1", "", 200, `"userName":"zoe2"`},
		{"PUT", "/Users/1", `{"userName":"ADAM"}`, 409, `"uniqueness"`},
		{"POST", "/Users", `{"userName":"new","emails":[{"value":"n@example.com"}]}`, 201, `"active":true`},
		{"POST", "/Users", `{"userName":"NEW"}`, 409, `"uniqueness"`},
		{"PATCH", "/Groups/g", patch(`{"op":"add","path":"members","value":[{"value":"a/b c"},{"value":"1"}]}`), 200, `"members":[{"value":"1"`},
		{"PATCH", "/Groups/g", patch(`{"op":"remove","path":"members[value eq \"1\"]"}`), 200, `"members":[{"value":"a/b c"`},
		{"DELETE", "/Users/a%2Fb%20c", "", 204, ""},
		{"DELETE", "/Users/a%2Fb%20c", "", 404, ""},
		{"DELETE", "/Groups/g", "", 204, ""},
		{"GET", "/Groups/g", "", 404, ""},
	} {
		status, body, header := ask(t, s, tc.method, tc.path, tc.body)
		if status != tc.status || !strings.Contains(body, tc.part) {
			t.Errorf("%s %s: %d %s, want %d with %s", tc.method, tc.path, status, body, tc.status, tc.part)
		}
		if ct := header.Get("Content-Type"); body != "" && ct != "application/scim+json" {
			t.Errorf("%s %s: content type %q", tc.method, tc.path, ct)
		}
	}
	if g, there := s.Group("g"); there {
		t.Errorf("group %+v is still there", g)
	}
}

func TestTokenIsChecked(t *testing.T) {
	s := scimtest.New(scimtest.Options{Token: "right"})
	defer s.Close()
	status, body, _ := ask(t, s, "GET", "/Users", "")
	r := s.Requests()[0]
	if status != 401 || r.Authorized || r.Status != 401 || !strings.Contains(body, "not valid") {
		t.Errorf("%d %s, log %+v", status, body, r)
	}
}

// TestDeterministic: the same seed and the same requests, the same answers.
func TestDeterministic(t *testing.T) {
	run := func(seed uint64) (all []string) {
		s := scimtest.New(scimtest.Options{Count: 50, Seed: seed, Quirks: scimtest.Quirks{UnstableOrder: true}})
		defer s.Close()
		for range 3 {
			_, body, _ := ask(t, s, "GET", "/Users?count=5", "")
			all = append(all, strings.ReplaceAll(body, s.URL, ""))
		}
		return all
	}
	a, b, c := run(1), run(1), run(2)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) || a[0] == a[1] {
		t.Errorf("%v\n%v\n%v", a, b, c)
	}
}

// TestVolume: every page of 5,000 users with their groups, in one test's time.
func TestVolume(t *testing.T) {
	const n = 5_000
	var members []string
	users := func(i int) scimtest.User {
		id := fmt.Sprintf("u%06d", i)
		members = append(members, id)
		return scimtest.User{ID: id, UserName: id, Active: true}
	}
	s := scimtest.New(scimtest.Options{Count: n, Generate: users})
	defer s.Close()
	seen := map[string]bool{}
	for start := 1; start <= n; start += 1000 {
		_, body, _ := ask(t, s, "GET", fmt.Sprintf("/Users?sortBy=userName&count=1000&startIndex=%d", start), "")
		var l list
		if err := json.Unmarshal([]byte(body), &l); err != nil {
			t.Fatal(err)
		}
		for _, u := range l.Resources {
			seen[u.ID] = true
		}
	}
	if len(seen) != n || len(members) != n {
		t.Errorf("%d users of %d", len(seen), n)
	}
}

// TestConcurrentRequests lets requests, changes and looks at the state meet.
func TestConcurrentRequests(t *testing.T) {
	s := scimtest.New(scimtest.Options{Count: 20})
	defer s.Close()
	id := s.Users()[0].ID
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 10 {
				ask(t, s, "GET", "/Users", "")
				s.Update(id, func(u *scimtest.User) { u.Active = i%2 == 0 })
				s.Set(func(q *scimtest.Quirks) { q.PageCap = i })
				s.Requests()
			}
		})
	}
	all.Wait()
	if n := len(s.Requests()); n != 80 {
		t.Errorf("%d requests in the log", n)
	}
}

// TestFaultCounting: which of the matching requests a fault meets.
func TestFaultCounting(t *testing.T) {
	s := scimtest.New(scimtest.Options{Count: 3})
	defer s.Close()
	s.Fail(scimtest.Fault{Method: "GET", Path: "/Users", Nth: 2, Times: 2, Status: 503})
	var got []int
	for _, path := range []string{"/Users", "/Groups", "/Users", "/Users", "/Users"} {
		status, _, _ := ask(t, s, "GET", path, "")
		got = append(got, status)
	}
	if want := []int{200, 200, 503, 503, 200}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	s.Fail(scimtest.Fault{Times: -1, Status: 500})
	s.Heal()
	if status, _, _ := ask(t, s, "GET", "/Users", ""); status != 200 {
		t.Errorf("healed: %d", status)
	}
}

func TestCloseFreesBarriers(t *testing.T) {
	s := scimtest.New(scimtest.Options{Count: 1})
	b := scimtest.NewBarrier()
	s.Fail(scimtest.Fault{Arrive: b})
	done := make(chan error)
	go func() {
		_, err := http.Get(s.URL + "/Users")
		done <- err
	}()
	<-b.Arrived
	s.Close()
	if err := <-done; err == nil {
		t.Error("a closed server answered")
	}
}
