package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// Every refusal says what to do.
func TestRefusalsSayWhatToDo(t *testing.T) {
	bare := regexp.MustCompile(`(refused1|notFound)\(.*, ""\)`)
	for _, file := range must(filepath.Glob("*.go"))(t) {
		if text := must(os.ReadFile(file))(t); !strings.HasSuffix(file, "_test.go") && bare.Match(text) {
			t.Errorf("%s: %s", file, bare.Find(text))
		}
	}
	s := newShop(t, scimtest.Quirks{})
	defer func() {
		s.app.Close()
		if e := (*app.Error)(nil); !errors.As(s.app.StartSync(app.SyncRequest{}), &e) || e.Text == "" || e.Do == "" {
			t.Errorf("after the end: %+v", e)
		}
	}()
	must(s.app.Protect(t.Context(), "Acme", "u10", "boss"))(t)
	s.run(s.plan(accounts("u59")))
	del := accounts("u58")
	del.Action = "delete"
	for i, r := range []app.PlanRequest{accounts("u10"), accounts("u59"), del, {}} {
		_, err := s.app.Plan(t.Context(), r)
		if e := (*app.Error)(nil); !errors.As(err, &e) || e.Do == "" {
			t.Errorf("%d: %v", i, err)
		}
	}
}
