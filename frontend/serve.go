package frontend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"rollcall/app"
)

// Timeouts of the served pages. No answer takes long: work runs behind them.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 15 * time.Second
	writeTimeout    = 2 * time.Minute // downloads have their own
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
)

// ServeOptions say where to serve the pages.
type ServeOptions struct {
	Options
	// Listen is a loopback address with a port; "" is 127.0.0.1:0, any free port.
	Listen string
	// Out is told the address to open, in one line; nil: nobody is.
	Out io.Writer
	// Dev serves the gallery of components too, at /gallery.
	Dev bool
}

// Serve shows the pages to one browser on this machine until ctx ends. It
// listens on loopback only. The address it prints carries a token that works
// once; requests that name another host, or come from another site's page, are
// turned away (DNS rebinding, cross-site requests).
//
// It returns nil after an orderly end, ErrUnbuilt where there are no pages, and
// an app.Error of kind usage for an address that is not loopback.
func Serve(ctx context.Context, a *app.App, opts ServeOptions) error {
	if err := Built(); err != nil {
		return err
	}
	tending, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { Tend(tending, a, opts.Log) })
	defer wg.Wait()
	defer done()
	s := newSite(a, opts.Options, builtAssets())
	s.dev = opts.Dev
	return s.serveOn(ctx, opts.Listen, opts.Out)
}

// serveOn is Serve with the site made.
func (s *site) serveOn(ctx context.Context, address string, out io.Writer) error {
	l, err := listen(ctx, address)
	if err != nil {
		return err
	}
	defer s.packs.clear()
	defer s.demo.leave()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return fmt.Errorf("address of the listener: %w", errors.Join(err, l.Close()))
	}
	d := newDoor(port)
	if out != nil {
		start := url.URL{Scheme: "http", Host: l.Addr().String(), Path: openPath, RawQuery: url.Values{"token": {d.token}}.Encode()}
		if _, err := fmt.Fprintf(out, "Rollcall is open at %s\nThe address works once, in one browser. Ctrl+C ends it.\n", &start); err != nil {
			return fmt.Errorf("printing the address: %w", errors.Join(err, l.Close()))
		}
	}
	return run(ctx, l, s.atDoor(d, port, s.handler()), s.log)
}

// atDoor puts the checks of host, origin and session before the pages.
func (s *site) atDoor(d *door, port string, pages http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return secure(onlyLocal(port, cross.Handler(s.guard(d, pages))))
}

// listen refuses every address that another machine could reach.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &app.Error{
			Kind: app.KindUsage, Err: err,
			Text: "The address to listen on is not host:port.", Do: "Give one like 127.0.0.1:8080.",
		}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || (ip.Unmap() != netip.MustParseAddr("127.0.0.1") && ip != netip.IPv6Loopback()) {
		return nil, &app.Error{
			Kind: app.KindUsage, Err: err,
			Text: "The pages are served on this machine only.", Do: "Listen on 127.0.0.1 or [::1]; from elsewhere, forward the port through SSH.",
		}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(ip.Unmap().String(), port))
	if err != nil {
		return nil, &app.Error{Kind: app.KindFailed, Err: err, Text: fmt.Sprintf("Listening on %s did not work: %v.", address, err), Do: "Choose another port, or none for any free one."}
	}
	return l, nil
}

// run serves until ctx ends, then lets open requests finish.
func run(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving pages: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return errors.Join(fmt.Errorf("ending open requests: %w", err), server.Close())
	}
	return nil
}

// onlyLocal turns away requests that name another host than this listener, and
// those that a page of another origin sent.
func onlyLocal(port string, next http.Handler) http.Handler {
	hosts := map[string]bool{}
	for _, h := range []string{"127.0.0.1", "localhost", "::1"} {
		hosts[net.JoinHostPort(h, port)] = true
	}
	if port == "80" {
		hosts["127.0.0.1"], hosts["localhost"], hosts["[::1]"] = true, true, true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !hosts[r.Host] || (origin != "" && origin != "http://"+r.Host) {
			http.Error(w, "These pages answer only to this machine's own address and to themselves.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
