package frontend

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestTokensContrast holds every pair of intents that carries text to 4.5 to 1,
// and what marks a control or a focus to 3 to 1, in both themes (WCAG 2.2, 1.4.3
// and 1.4.11).
func TestTokensContrast(t *testing.T) {
	css, err := os.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s)(:root|\.dark) \{(.*?)\}`).FindAllStringSubmatch(string(css), 2)
	if len(blocks) != 2 {
		t.Fatalf("css/tokens.css has %d themes, want 2", len(blocks))
	}
	grounds := []string{"bg", "bg-quiet", "bg-hover", "bg-selected", "bg-raised"}
	for _, b := range blocks {
		theme := tokensOf(b[2])
		for _, ink := range []string{"content", "context", "act", "look", "holds"} {
			for _, ground := range grounds {
				demand(t, b[1], theme, ink, ground, 4.5)
			}
		}
		for _, pair := range [][2]string{
			{"act", "act-bg"}, {"look", "look-bg"}, {"content", "look-bg"}, {"context", "look-bg"}, {"holds", "holds-bg"}, {"on-mark", "mark"},
		} {
			demand(t, b[1], theme, pair[0], pair[1], 4.5)
		}
		for _, ground := range grounds {
			demand(t, b[1], theme, "focus", ground, 3)
		}
		demand(t, b[1], theme, "line-strong", "bg", 3)
		demand(t, b[1], theme, "line-strong", "bg-quiet", 3)
	}
}

func tokensOf(block string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func demand(t *testing.T, name string, theme map[string]string, ink, ground string, least float64) {
	t.Helper()
	a, okA := luminance(theme[ink])
	b, okB := luminance(theme[ground])
	if !okA || !okB {
		t.Errorf("%s lacks %s or %s", name, ink, ground)
		return
	}
	if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
		t.Errorf("%s: %s on %s is %.2f to 1, want %.1f", name, ink, ground, ratio, least)
	}
}

// luminance is WCAG's relative luminance of an sRGB colour.
func luminance(hex string) (float64, bool) {
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		return 0, false
	}
	linear := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0), true
}
