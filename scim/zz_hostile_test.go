package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/scim"
)

const hostileToken = "abc+def/ghi012=="

func hostileServer(t *testing.T, user string) *scim.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		switch r.URL.Path {
		case "/Users/1", "/Groups/1":
			fmt.Fprint(w, user)
		case "/Users":
			fmt.Fprintf(w, `{"totalResults":1,"Resources":[%s]}`, user)
		case "/Schemas":
			fmt.Fprintf(w, `{"totalResults":1,"Resources":[{"id":"https://idp.example/s?access_token=%s"}]}`, hostileToken)
		case "/ResourceTypes":
			fmt.Fprintf(w, `{"totalResults":1,"Resources":[{"endpoint":"/Users?key=%s"}]}`, hostileToken)
		case "/ServiceProviderConfig":
			fmt.Fprintf(w, `{"patch":{"supported":true},"authenticationSchemes":[{"type":"%s"}]}`, hostileToken)
		case "/Users/echo":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"detail":"bad call https://idp.example/?access_token=abc%2Bdef%2Fghi012%3D%3D"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(srv.Close)
	return client(t, scim.Config{BaseURL: srv.URL, Auth: scim.Auth{Secret: hostileToken}})
}

// H15: what a server says of itself is shown, and may hold the credential too.
func TestHostileDiscoveryShowsNoToken(t *testing.T) {
	c := hostileServer(t, `{"id":"1","userName":"a","active":true}`)
	has, err := c.Probe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(has); strings.Contains(string(b), hostileToken) {
		t.Errorf("%s", b)
	}
}
