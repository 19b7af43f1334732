package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestListLimits: no server decides how much of the memory or of the disk a
// listing takes.
func TestListLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		limits limits
		text   string // "": it goes through
	}{
		"elements":         {limits{elements: 19, ids: 1000, bytes: 1 << 20}, "list users page 1: the answer holds more than 19 resources (HTTP 200)"},
		"as many elements": {limits{elements: 20, ids: 1000, bytes: 1 << 20}, ""},
		"ids":              {limits{elements: 20, ids: 59, bytes: 1 << 20}, "list users page 4: the list holds more than 59 resources"},
		"as many ids":      {limits{elements: 20, ids: 60, bytes: 1 << 20}, ""},
		"bytes":            {limits{elements: 20, ids: 1000, bytes: 1000}, "list users page 2: the list is larger than 0 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
				var users []string
				for i := start; i < start+20 && i <= 60; i++ {
					users = append(users, fmt.Sprintf(`{"id":"u%d","userName":"n%d"}`, i, i))
				}
				fmt.Fprintf(w, `{"totalResults":60,"Resources":[%s]}`, strings.Join(users, ","))
			}))
			defer s.Close()
			c, err := New(Config{BaseURL: s.URL, Auth: Auth{Secret: "t"}, PageSize: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.limits = tc.limits
			l, err := c.List(context.Background(), Users, ListOptions{}, func(Page) error { return nil })
			if tc.text == "" {
				if err != nil || !l.Complete {
					t.Fatalf("%+v, %v", l, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindTooLarge || e.Error() != tc.text || l.Complete {
				t.Errorf("error %v, want %s", err, tc.text)
			}
		})
	}
}

// TestPageMemory: 32 MiB of the smallest elements stay small in memory.
func TestPageMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a volume")
	}
	const most = 200 << 20 // bytes, the body itself left out
	for name, tc := range map[string]struct {
		open, element, end string
		kind               Kind
	}{
		"users":                  {`{"Resources":[`, `{"id":"%x"}`, `]}`, Users},
		"elements that are none": {`{"Resources":[`, `%d`, `]}`, Users},
		"members of one group":   {`{"Resources":[{"id":"g","members":[`, `"%x"`, `]}]}`, Groups},
		"emails of one user":     {`{"Resources":[{"id":"u","emails":[`, `"%x"`, `]}]}`, Users},
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(tc.open)
			for i := 0; len(body) < 31<<20; i++ {
				if i > 0 {
					body = append(body, ',')
				}
				body = fmt.Appendf(body, tc.element, i)
			}
			body = append(body, tc.end...)
			before := heap()
			p, err := decodePage(body, tc.kind, usualLimits.elements)
			if grown := heap() - before; grown > most {
				t.Errorf("%d MiB are held", grown>>20)
			}
			if err == nil && len(p.bad) != 1 {
				t.Errorf("the page was taken: %d elements", p.received)
			}
			runtime.KeepAlive(body)
			runtime.KeepAlive(p)
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
