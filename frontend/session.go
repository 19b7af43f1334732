package frontend

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"sync"

	"rollcall/app"
)

// doorView is what somebody without a session is told.
type doorView struct {
	Head, Do string
	Open     bool // this browser has a session
}

// door lets one browser in: whoever brings the token first gets the session.
// Both live as long as the process and are never written down.
type door struct {
	cookie  string // name; it carries the port, which cookies do not tell apart
	session string // what the cookie holds; it lets its bearer look
	key     string // what a request that changes something carries besides

	mu    sync.Mutex
	token string // "" once it was used
}

// newDoor makes a door with a fresh token, session and key, 256 bits each.
func newDoor(port string) *door {
	return &door{cookie: "rollcall-" + port, session: rand.Text() + rand.Text(), key: rand.Text() + rand.Text(), token: rand.Text() + rand.Text()}
}

// redeem says whether token is the one that opens the session, and uses it up.
// A wrong token uses up nothing.
func (d *door) redeem(token string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) != 1 {
		return false
	}
	d.token = ""
	return true
}

// inside says whether the request carries the session.
func (d *door) inside(r *http.Request) bool {
	for _, c := range r.CookiesNamed(d.cookie) {
		if subtle.ConstantTimeCompare([]byte(c.Value), []byte(d.session)) == 1 {
			return true
		}
	}
	return false
}

// keyHeader carries the key. A browser sends a cookie to every port of this
// machine, so a program that listens on another one may come to know it. The
// key is told once, on the page that the token opens, and kept by the browser
// for this port alone; no later page repeats it.
const keyHeader = "X-Rollcall-Key"

// mayChange says whether a request only looks, or carries the key.
func (d *door) mayChange(r *http.Request) bool {
	return looks(r) || subtle.ConstantTimeCompare([]byte(r.Header.Get(keyHeader)), []byte(d.key)) == 1
}

// looks says whether a request changes nothing.
func looks(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// errNoKey answers a change by a browser that did not open the address.
var errNoKey = &app.Error{
	Kind: app.KindRefused,
	Text: "This browser can look, but not change anything.",
	Do:   "Stop rollcall serve with Ctrl+C, start it again, and open its new address with scripts and site data allowed.",
}

// openPath is where the printed address leads.
const openPath = "/open"

// guard keeps everybody without the session away from the pages.
func (s *site) guard(d *door, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+openPath, func(w http.ResponseWriter, r *http.Request) { s.sessionOpen(w, r, d) })
	mux.HandleFunc("HEAD "+openPath, onlyGet)
	mux.HandleFunc("GET /assets/{file...}", s.assetShow) // the same in every copy of the program
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !d.inside(r) {
			s.sessionMissing(w, r)
			return
		}
		if !d.mayChange(r) {
			s.fail(w, r, errNoKey)
			return
		}
		pages.ServeHTTP(w, r)
	})
	return mux
}

// onlyGet refuses to say what is at an address that works once: whoever only asks
// does not use it up.
func onlyGet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", http.MethodGet)
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// sessionOpen exchanges the token for the session's cookie.
func (s *site) sessionOpen(w http.ResponseWriter, r *http.Request, d *door) {
	if !d.redeem(r.URL.Query().Get("token")) {
		s.render(w, r, http.StatusForbidden, doorPage(doorView{
			Head: "This address does not open Rollcall",
			Do:   "It works once, and only while the rollcall serve that printed it runs. Stop that command with Ctrl+C, start it again, and open the new address it prints.",
			Open: d.inside(r),
		}))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: d.cookie, Value: d.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	s.render(w, r, http.StatusOK, entryPage(d.key))
}

// sessionMissing turns somebody without a session away.
func (s *site) sessionMissing(w http.ResponseWriter, r *http.Request) {
	if isPartial(r) {
		w.Header().Set("HX-Refresh", "true")
	}
	s.render(w, r, http.StatusUnauthorized, doorPage(doorView{
		Head: "This browser has no session",
		Do:   "Open the address that rollcall serve printed. If it was used already, stop that command with Ctrl+C and start it again.",
	}))
}
