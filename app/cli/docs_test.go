package cli

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const page = "../../docs/cli.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPageNamesEveryCommandAndFlag reads the command line as kong knows it.
func TestPageNamesEveryCommandAndFlag(t *testing.T) {
	text := readPage(t)
	parser, err := newParser(&model{}, io.Discard, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		if !strings.Contains(text, "`--"+f.Name) {
			t.Errorf("%s does not explain --%s", page, f.Name)
		}
	}
	for _, leaf := range parser.Model.Leaves(false) {
		path := strings.TrimPrefix(commandPath(leaf), "rollcall ")
		section := sectionOf(text, path)
		if section == "" {
			t.Errorf("%s has no section for %q", page, path)
			continue
		}
		if !strings.Contains(section, "rollcall "+path) && path != "window" {
			t.Errorf("%s has no example of %q", page, path)
		}
		for _, f := range leaf.Flags {
			if path == "record export" { // "the filters are those of record list"
				section = sectionOf(text, "record list")
			}
			if !regexp.MustCompile("--" + f.Name + `\b`).MatchString(section) {
				t.Errorf("%s: the section of %q lacks --%s", page, path, f.Name)
			}
		}
	}
}

func sectionOf(text, path string) string {
	_, section, found := strings.Cut(text, "\n### "+path+"\n")
	if !found {
		return ""
	}
	section, _, _ = strings.Cut(section, "\n### ")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// TestPageExamplesParse keeps every example a command line that is understood.
func TestPageExamplesParse(t *testing.T) {
	examples := 0
	for line := range strings.Lines(readPage(t)) {
		words := shellWords(strings.TrimSpace(line))
		if len(words) == 0 || words[0] != "rollcall" {
			continue
		}
		examples++
		parser, err := newParser(&model{}, io.Discard, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range words {
			words[i] = strings.ReplaceAll(w, "AUGh…", "AUGh")
		}
		if _, err := parser.Parse(words[1:]); err != nil {
			t.Errorf("%s: %v", strings.TrimSpace(line), err)
		}
	}
	if examples < len(leaves(t)) {
		t.Errorf("%d examples for %d commands", examples, len(leaves(t)))
	}
}

func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	parser, err := newParser(&model{}, io.Discard, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Leaves(false)
}

// shellWords splits a line at spaces outside double quotes, up to < or >.
func shellWords(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`(?:[^\s"]|"[^"]*")+`).FindAllString(line, -1) {
		if m == ">" || m == "<" {
			break
		}
		words = append(words, strings.ReplaceAll(m, `"`, ""))
	}
	return words
}
