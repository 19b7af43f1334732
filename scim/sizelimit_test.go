package scim_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// TestSizeLimits: a large body, and a small one that grows when unpacked.
func TestSizeLimits(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`{"id":"1","x":"`))
	for range 64 {
		z.Write(bytes.Repeat([]byte("a"), 1<<20))
	}
	z.Write([]byte(`"}`))
	z.Close()
	taken := make(chan int, 1) // MiB that the client let a server send
	for name, serve := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, r *http.Request) {
			n := 0
			for block := bytes.Repeat([]byte(" "), 1<<20); n < 256; n++ {
				if _, err := w.Write(block); err != nil {
					break
				}
			}
			taken <- n
		},
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes())
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(serve)
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL})
			_, err := c.User(context.Background(), "1")
			equal(t, "kind", asError(t, err).Kind, scim.KindTooLarge)
			if name == "plain" {
				if n := <-taken; n > 128 {
					t.Errorf("the client let %d MiB come", n)
				}
			}
		})
	}
}

// TestAnswerLimits: what is as large as may be is taken, one byte more is not.
func TestAnswerLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		mib  int
		text string
		do   func(c *scim.Client) error
	}{
		"user": {16, "the answer is larger than 16 MiB", func(c *scim.Client) error {
			_, err := c.User(context.Background(), "1")
			return err
		}},
		"group": {4, "the answer is larger than 4 MiB", func(c *scim.Client) error {
			_, err := c.Group(context.Background(), "1")
			return err
		}},
		"answer to a change": {16, "the answer is larger than 16 MiB", func(c *scim.Client) error {
			w := deactivate(t, c, "1", scim.PatchPath)
			_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			over := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				const around = len(`{"id":"1","x":""}`)
				fmt.Fprintf(w, `{"id":"1","x":"%s"}`, strings.Repeat("x", tc.mib<<20-around+over))
			}))
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL})
			if err := tc.do(c); err != nil {
				t.Errorf("as large as may be: %v", err)
			}
			over = 1
			e := asError(t, tc.do(c))
			equal(t, "kind", e.Kind, scim.KindTooLarge)
			equal(t, "uncertain", e.Uncertain, name == "answer to a change")
			if !strings.Contains(e.Error(), tc.text) {
				t.Errorf("error %q lacks %q", e.Error(), tc.text)
			}
		})
	}
}

// TestLargeErrors: neither a header nor the body of an error is kept whole.
func TestLargeErrors(t *testing.T) {
	t.Run("header", func(t *testing.T) {
		s, c, _ := serve(t, scimtest.Options{Users: people(1)})
		s.Fail(scimtest.Fault{Header: map[string]string{"X-Large": strings.Repeat("x", 1<<20)}, Times: -1})
		_, err := c.User(context.Background(), "user-001")
		equal(t, "kind", asError(t, err).Kind, scim.KindLost)
	})
	t.Run("error body", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"detail":"%s"}`, strings.Repeat("x", 10<<20))
		}))
		defer s.Close()
		c := client(t, scim.Config{BaseURL: s.URL})
		_, err := c.User(context.Background(), "1")
		if n := len(asError(t, err).Error()); n > 1000 {
			t.Errorf("the error is %d bytes long", n)
		}
	})
}
