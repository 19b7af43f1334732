package scimtest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Request is one entry of a server's log.
type Request struct {
	Index      int // from 0, in order of arrival
	Method     string
	Path       string // with query, as on the request line
	Body       string
	Header     http.Header // without a credential that was right
	Authorized bool
	Status     int // 0: not answered
}

// Requests returns all requests so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Writes returns the requests so far that are not GET.
func (s *Server) Writes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return r.Method == http.MethodGet })
}

// Forget empties the log.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// request is one request under way.
type request struct {
	http    *http.Request
	body    []byte
	index   int
	quirks  Quirks
	allowed bool
	kind    string // first path segment below the base: Users, Schemas ...
	id      string // second, unescaped
	depth   int    // number of segments; -1 outside the base path
	dry     bool   // writes have no effect
}

// route splits the path before unescaping, so that an id may hold a slash.
func (q *request) route(base string) {
	rest, ok := strings.CutPrefix(q.http.URL.EscapedPath(), base+"/")
	if !ok {
		q.depth = -1
		return
	}
	parts := strings.Split(rest, "/")
	q.depth = len(parts)
	q.kind, _ = url.PathUnescape(parts[0])
	if len(parts) > 1 {
		q.id, _ = url.PathUnescape(parts[1])
	}
}

func (q *request) has(name string) bool { return q.http.URL.Query().Has(name) }

func (q *request) param(name string) string { return q.http.URL.Query().Get(name) }

func (q *request) number(name string, otherwise int) int {
	n, err := strconv.Atoi(q.param(name))
	if err != nil {
		return otherwise
	}
	return n
}

// response is an answer before it goes out.
type response struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
}

func (a response) write(w http.ResponseWriter) {
	a.head(w)
	w.Write(a.body)
}

func (a response) head(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

func ok(body []byte) response {
	return response{status: http.StatusOK, contentType: "application/scim+json", body: body}
}

const schemaError = "urn:ietf:params:scim:api:messages:2.0:Error"

// refuse is an error as RFC 7644 section 3.12 has it, or in the shape that a
// quirk asks for.
func (q *request) refuse(status int, scimType, detail string) response {
	a := response{status: status, contentType: "application/scim+json"}
	text, kind := quote(detail), quote(scimType)
	code := strconv.Itoa(status)
	switch q.quirks.ErrorShape {
	case ErrorEmpty:
		a.contentType = ""
	case ErrorHTML:
		a.contentType, a.body = "text/html", []byte(page)
	case ErrorText:
		a.contentType, a.body = "text/plain", []byte(detail)
	case ErrorIntStatus:
		a.body = []byte(`{"schemas":["` + schemaError + `"],"status":` + code + `,"scimType":` + kind + `,"detail":` + text + `}`)
	case ErrorDetailList:
		a.body = []byte(`{"schemas":["` + schemaError + `"],"status":"` + code + `","detail":[` + text + `]}`)
	case ErrorSlack:
		a.contentType, a.body = "application/json", []byte(`{"Errors":{"description":`+text+`,"code":`+code+`}}`)
	case ErrorSalesforce:
		a.contentType, a.body = "application/json", []byte(`[{"message":`+text+`,"errorCode":"FAILED"}]`)
	case ErrorJSONText:
		a.contentType = "text/plain"
		fallthrough
	default:
		a.body = []byte(`{"schemas":["` + schemaError + `"],"status":"` + code + `","scimType":` + kind + `,"detail":` + text + `}`)
		if scimType == "" {
			a.body = []byte(`{"schemas":["` + schemaError + `"],"status":"` + code + `","detail":` + text + `}`)
		}
	}
	return a
}

const page = `<!DOCTYPE html><html><head><title>Sign in</title></head><body><script>alert(1)</script>Please sign in</body></html>`

func quote(s string) string {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		b, _ = json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
	}
	return string(b)
}
