package cli

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/scim/scimtest"
)

// servers are the tenants of all scripts, by script and name.
var servers sync.Map

// barriers are where their requests were stopped last.
var barriers sync.Map

func barrier(ts *testscript.TestScript, name string) *scimtest.Barrier {
	b, ok := barriers.Load(ts.Getenv("WORK") + " " + name)
	if !ok {
		ts.Fatalf("%s stops no request", name)
	}
	return b.(*scimtest.Barrier)
}

func server(ts *testscript.TestScript, name string) *scimtest.Server {
	s, ok := servers.Load(ts.Getenv("WORK") + " " + name)
	if !ok {
		ts.Fatalf("there is no tenant %s", name)
	}
	return s.(*scimtest.Server)
}

// cmdTenant runs the tenants:
//
//	tenant start NAME FILE    starts one with the users and groups of a JSON file; $NAME is its URL
//	tenant start NAME FILE basic|header   the same; it wants user svc, or the header X-Key
//	tenant set NAME QUIRK=V   switches a quirk
//	tenant stop NAME METHOD early|late   stops the next such request before or after its effect
//	tenant wait NAME          waits until a request was stopped
//	tenant go NAME            lets it go on
//	tenant writes NAME N      so many requests other than GET came in so far
func cmdTenant(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: tenant start|set|stop|wait|go|writes NAME ARGS")
	}
	name, arg := args[1], strings.Join(args[2:], " ")
	switch args[0] {
	case "start":
		file, auth, _ := strings.Cut(arg, " ")
		startTenant(ts, name, file, auth)
	case "set":
		ts.Check(setQuirk(server(ts, name), arg))
	case "stop":
		stopRequest(ts, name, arg)
	case "wait":
		<-barrier(ts, name).Arrived
	case "go":
		close(barrier(ts, name).Release)
	case "writes":
		if got := strconv.Itoa(writes(server(ts, name))); got != arg {
			ts.Fatalf("%s got %s writes, want %s", name, got, arg)
		}
	default:
		ts.Fatalf("tenant %s is not known", args[0])
	}
}

func startTenant(ts *testscript.TestScript, name, file, auth string) {
	opt := scimtest.Options{Token: token}
	switch auth {
	case "basic":
		opt.Allow = func(r *http.Request) bool {
			user, password, _ := r.BasicAuth()
			return user == "svc" && password == token
		}
	case "header":
		opt.Allow = func(r *http.Request) bool { return r.Header.Get("X-Key") == token }
	}
	var data struct {
		Users  []scimtest.User
		Groups []scimtest.Group
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &data, json.MatchCaseInsensitiveNames(true)))
	opt.Users, opt.Groups = data.Users, data.Groups
	s, err := scimtest.Start(opt)
	ts.Check(err)
	ts.Defer(s.Close)
	servers.Store(ts.Getenv("WORK")+" "+name, s)
	ts.Setenv(name, s.URL)
}

func stopRequest(ts *testscript.TestScript, name, arg string) {
	b := scimtest.NewBarrier()
	barriers.Store(ts.Getenv("WORK")+" "+name, b)
	method, when, _ := strings.Cut(arg, " ")
	f := scimtest.Fault{Method: method, Path: "/Users"}
	if when == "late" {
		f.Effect, f.Reply = true, b
	} else {
		f.Effect, f.Arrive = method == http.MethodGet, b // a write that was stopped early never happens
	}
	server(ts, name).Fail(f)
}

func setQuirk(s *scimtest.Server, arg string) (err error) {
	name, value, _ := strings.Cut(arg, "=")
	s.Set(func(q *scimtest.Quirks) {
		field := reflect.ValueOf(q).Elem().FieldByName(name)
		switch {
		case !field.IsValid():
			err = fmt.Errorf("there is no quirk %s", name)
		case field.Kind() == reflect.Bool:
			field.SetBool(value == "true")
		case field.Kind() == reflect.String:
			field.SetString(value)
		default:
			var n int64
			n, err = strconv.ParseInt(value, 10, 64)
			field.SetInt(n)
		}
	})
	return err
}

func writes(s *scimtest.Server) (n int) {
	for _, r := range s.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// cmdAccount is "account NAME USERNAME active|inactive", which asks the server
// itself, or "account NAME USERNAME rename NEW", which changes it behind our
// back.
func cmdAccount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: account NAME USERNAME active|inactive|rename NEW")
	}
	s := server(ts, args[0])
	u, ok := s.UserNamed(args[1])
	if !ok {
		ts.Fatalf("%s has no account %s", args[0], args[1])
	}
	switch args[2] {
	case "rename":
		s.Update(u.ID, func(u *scimtest.User) { u.UserName = args[3] })
	case "active", "inactive":
		if u.Active != (args[2] == "active") {
			ts.Fatalf("%s in %s is not %s", args[1], args[0], args[2])
		}
	default:
		ts.Fatalf("account %s is not known", args[2])
	}
}
