// Command elimity is a SCIM 2.0 server for tests: the protocol of
// elimity-com/scim over a store in memory.
//
// The bearer token is the first line of standard input, so that it stands in no
// argument and no environment. When standard input ends, the server ends: a
// test that dies leaves nothing behind. The only line on standard output is
// {"url": the SCIM base, "admin": the side channel}; both listen on loopback.
//
// Side channel, without a token: GET /state returns what is stored and which
// requests were served; PUT /state replaces what is stored.
package main

import (
	"bufio"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until in ends.
func run(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	token, err := lines.ReadString('\n')
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	st := newStore()
	scimServer, err := newServer(st)
	if err != nil {
		return fmt.Errorf("build the server: %w", err)
	}
	base, err := listen(logged(st, authenticated(strings.TrimSpace(token), http.StripPrefix("/scim", scimServer))))
	if err != nil {
		return err
	}
	admin, err := listen(adminHandler(st))
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(map[string]string{"url": base + "/scim/v2", "admin": admin}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, lines)
	return err
}

func newServer(st *store) (http.Handler, error) {
	return scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{MaxResults: 100, SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{{
			ID: optional.NewString("User"), Name: "User", Endpoint: "/Users",
			Schema:           schema.CoreUserSchema(),
			SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
			Handler:          handler{st, users},
		}, {
			ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups",
			Schema:  schema.CoreGroupSchema(),
			Handler: handler{st, groups},
		}},
	})
}

func listen(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen on loopback: %w", err)
	}
	go http.Serve(l, h) // ends with the process
	return "http://" + l.Addr().String(), nil
}

func authenticated(token string, next http.Handler) http.Handler {
	want := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"Authorization not accepted"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func logged(st *store, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { st.log(request{r.Method, r.URL.RequestURI(), s.status}) }()
		next.ServeHTTP(s, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func adminHandler(st *store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(st.dump())
	})
	mux.HandleFunc("PUT /state", func(w http.ResponseWriter, r *http.Request) {
		var s state
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		st.seed(s)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
