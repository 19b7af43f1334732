package frontend

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func tomorrow() string { return time.Now().AddDate(0, 0, 2).UTC().Format(time.DateOnly) }

// Each page is asked for at least fewest times and at most most times; between
// the two until patience is over, so that a slow page does not hold up the rest.
const (
	fewest   = 20
	most     = 100
	patience = time.Second
)

// typedNames are typed letter by letter into every field that searches.
var typedNames = []string{"anna schmidt", "person4242", "Okafor17", "lindqvist", "agency1", "100777", "team 4", "nobody at all"}

// BenchmarkPages measures what a person waits for at 100,000 accounts: every
// page, as links lead to it, every letter typed into a field that searches, and
// deciding on a finding; first alone, then while a tenant of 20,000 accounts is
// synced again and again in the same process. It is the time of the handler,
// from the request to the last byte, in milliseconds; painting comes on top.
func BenchmarkPages(b *testing.B) {
	w := newLargeWorld(b)
	tour := newTour(b, newSite(w.app, Options{}, someAssets()).handler())
	if len(tour.missing) > 0 {
		b.Errorf("no link leads to %s", strings.Join(tour.missing, ", "))
	}
	b.Run("alone", func(b *testing.B) { tour.measure(b, w) })
	stop := w.keepSyncing()
	b.Run("syncing", func(b *testing.B) { tour.measure(b, w) })
	stop()
}

// keepSyncing syncs one tenant again and again until stop is called, which
// waits for the last. Each sync finds one account in twenty changed.
func (w *largeWorld) keepSyncing() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
			}
			w.change(syncedMeanwhile, 5)
			w.sync(tenantName(syncedMeanwhile))
		}
	}()
	return func() { close(quit); <-done }
}

// address is one thing to ask for.
type address struct {
	name   string // pattern and names of the query
	url    string
	header []string
}

// field is an input that searches while one types.
type field struct {
	name, target string
	url          *url.URL // without what is typed
	query        string   // name of the input
}

// tour is all pages that links lead to, one for each route and set of filters.
type tour struct {
	b       *testing.B
	handler http.Handler
	routes  *http.ServeMux // knows patterns only
	pages   []address
	fields  []field
	missing []string // patterns that no link leads to
}

// elsewhere are addresses that are no page of an open workspace, or send a file.
var elsewhere = []string{"/assets/", "/unlock", "/record/packs/"}

func newTour(b *testing.B, h http.Handler) *tour {
	t := &tour{b: b, handler: h, routes: http.NewServeMux()}
	patterns := getRoutes(b)
	for _, p := range patterns {
		t.routes.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
	}
	seen := map[string]bool{}
	queue := []string{"/", "/connect/scim", "/connect/roster", "/connect/members", "/state", "/record/seal"}
	for len(queue) > 0 {
		link := queue[0]
		queue = queue[1:]
		name := t.nameOf(link)
		if name == "" || seen[name] || combined(name) {
			continue
		}
		seen[name] = true
		t.pages = append(t.pages, address{name: name, url: link})
		queue = append(queue, t.linksOf(link)...)
	}
	for _, name := range []string{"/plans/{hash}", "/tenants/{id}"} {
		t.pages = append(t.pages, t.polled(name))
	}
	for _, p := range patterns {
		if !slices.ContainsFunc(t.pages, func(a address) bool { return strings.Fields(a.name)[0] == p }) {
			t.missing = append(t.missing, p)
		}
	}
	slices.SortStableFunc(t.pages, func(x, y address) int { return strings.Compare(x.name, y.name) })
	return t
}

// polled is what the page of that name asks for again and again, while there is
// work under way.
func (t *tour) polled(name string) address {
	suffix := map[string]string{"/plans/{hash}": "/state", "/tenants/{id}": "/progress"}[name]
	i := slices.IndexFunc(t.pages, func(a address) bool { return a.name == name })
	if i < 0 {
		t.b.Fatalf("no link leads to %s", name)
	}
	return address{name: name + suffix, url: t.pages[i].url + suffix}
}

// combined says whether a name has several filters, which the tour leaves out;
// the next part of a list has one beside its place.
func combined(name string) bool {
	filters := strings.Fields(name)[1:]
	return len(filters) > 2 || len(filters) == 2 && !slices.Contains(filters, "after")
}

var getRoute = regexp.MustCompile(`"GET (/[^"]*)"`)

// getRoutes reads the patterns from the list of all addresses.
func getRoutes(b *testing.B) (patterns []string) {
	source, err := os.ReadFile("routes.go")
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range getRoute.FindAllStringSubmatch(string(source), -1) {
		if !slices.ContainsFunc(elsewhere, func(e string) bool { return strings.HasPrefix(m[1], e) }) {
			patterns = append(patterns, m[1])
		}
	}
	return patterns
}

// nameOf is a link's pattern and the names of its filters; "" for no page.
func (t *tour) nameOf(link string) string {
	r := httptest.NewRequest(http.MethodGet, link, nil)
	_, pattern := t.routes.Handler(r)
	if pattern == "" {
		return ""
	}
	var names []string
	for name, values := range r.URL.Query() {
		if slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.TrimSpace(pattern + " " + strings.Join(names, " "))
}

// linksOf returns where a page leads, and notes the fields that search on it.
func (t *tour) linksOf(link string) (links []string) {
	w := get(t.handler, link)
	if w.Code != http.StatusOK {
		t.b.Fatalf("%s: %d\n%s", link, w.Code, w.Body)
	}
	doc, err := html.Parse(w.Body)
	if err != nil {
		t.b.Fatal(err)
	}
	base, err := url.Parse(link)
	if err != nil {
		t.b.Fatal(err)
	}
	for _, n := range all(doc, "a", "button", "tr", "div", "form", "input", "select") {
		for _, to := range []string{attr(n, "href"), attr(n, "hx-get")} {
			u, err := base.Parse(to)
			if to == "" || err != nil || u.Host != "" || u.Scheme != "" {
				continue
			}
			u.Fragment = ""
			links = append(links, u.String())
		}
		t.noteField(n, base)
	}
	return links
}

// noteField notes an element that asks while one types: an input, or the form
// around it.
func (t *tour) noteField(n *html.Node, base *url.URL) {
	u, err := base.Parse(attr(n, "hx-get"))
	if attr(n, "hx-get") == "" || err != nil {
		return
	}
	inputs := all(n, "input")
	if n.Data == "input" {
		inputs = []*html.Node{n}
	}
	i := slices.IndexFunc(inputs, func(i *html.Node) bool { return attr(i, "name") == "q" && attr(i, "type") != "hidden" })
	if i < 0 {
		return
	}
	u.RawQuery = ""
	_, pattern := t.routes.Handler(httptest.NewRequest(http.MethodGet, u.String(), nil))
	f := field{name: pattern, url: u, query: "q", target: "div" + attr(n, "hx-target")}
	if !slices.ContainsFunc(t.fields, func(have field) bool { return have.name == f.name }) {
		t.fields = append(t.fields, f)
	}
}

// measure runs one benchmark for each page and each field.
func (t *tour) measure(b *testing.B, w *largeWorld) {
	for _, p := range t.pages {
		b.Run(strings.TrimPrefix(p.name, "/"), func(b *testing.B) { t.report(b, slices.Repeat([]address{p}, most)) })
	}
	for _, f := range t.fields {
		b.Run("letters typed in "+f.name, func(b *testing.B) { t.report(b, f.letters()) })
	}
	b.Run("excepting a finding", w.except)
}

// letters are the requests that typing the names makes.
func (f field) letters() (out []address) {
	header := partial(f.target)
	for _, name := range typedNames {
		for i := range name {
			u := *f.url
			u.RawQuery = url.Values{f.query: {name[:i+1]}}.Encode()
			out = append(out, address{url: u.String(), header: header})
		}
	}
	return out
}

// report asks in turn and reports the times; a page that is answered with
// anything but 200 is not measured but an error.
func (t *tour) report(b *testing.B, list []address) {
	for b.Loop() {
		reportTimes(b, len(list), func(i int) {
			if w := get(t.handler, list[i].url, list[i].header...); w.Code != http.StatusOK || w.Body.Len() == 0 {
				b.Errorf("%s: %d\n%s", list[i].url, w.Code, w.Body)
			}
		})
	}
}

// reportTimes does up to n things and reports how long they took, and what of
// the processors: the whole process's, which is theirs where nothing else runs.
func reportTimes(b *testing.B, n int, do func(i int)) {
	var took, cpu []time.Duration
	for began := time.Now(); len(took) < n; {
		start := time.Now()
		if len(took) >= fewest && start.Sub(began) > patience {
			break
		}
		used := cpuTime()
		do(len(took))
		took, cpu = append(took, time.Since(start)), append(cpu, cpuTime()-used)
	}
	slices.Sort(took)
	slices.Sort(cpu)
	at := func(list []time.Duration, percent int) float64 {
		return float64(list[(len(list)-1)*percent/100].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(took, 50), "ms-p50")
	b.ReportMetric(at(took, 95), "ms-p95")
	b.ReportMetric(at(took, 100), "ms-max")
	b.ReportMetric(at(cpu, 95), "cpu-ms-p95")
}
