package frontend

import (
	"slices"
	"strings"

	"rollcall/app"
)

// previewView is what a file shows, and how it is read.
type previewView struct {
	File     string // id
	Name     value
	Facts    string
	Import   string // the button
	Fields   []fieldView
	Key      fieldView
	Dates    choiceView
	Zeros    choiceView
	Encoding string
	Source   string
	Zone     string
	Contents string
	Words    []wordView
	Head     []value
	Lines    [][]value
	Dropped  []value
	Warnings []value
	Problem  *failure
	Held     *shrunk // it waits for a person's word
	Accept   string  // the word, as it is typed
	Errors   []value
	More     string
	Members  bool
}

// fieldView is a field with the columns that it can be read from.
type fieldView struct {
	ID, Label string
	Needed    bool
	Options   []optionView
}

// optionView is one choice.
type optionView struct {
	Value    string
	Label    value
	Selected bool
}

// choiceView is a few fixed choices.
type choiceView struct{ Value string }

// wordView is a text of the status column.
type wordView struct {
	ID      string // of its select, and its name: of the text, so that it stays with it wherever the row goes
	Shown   value
	Rows    string
	Unknown bool
	Options []optionView
}

func newPreviewView(c chosen, p app.FilePreview, how readingOf, to filePurpose) previewView {
	v := previewView{
		File: c.id, Name: row(c.name), Members: to.members, Source: p.Source, Zone: p.TimeZone, Contents: p.Contents,
		Encoding: how.Encoding, Dates: choiceView{how.chosen.Get("dates")}, Zeros: choiceView{how.chosen.Get("zeros")}, Import: "Import " + many(p.Rows, "person", "people"),
		Dropped: rows(p.Dropped, 60), Warnings: make([]value, 0, len(p.Warnings)),
	}
	switch {
	case p.Rows == 0:
		v.Import = "Import"
	case to.members:
		v.Import = "Import " + accountsOf(p.Rows)
	}
	v.Facts = factsOf(p)
	for _, text := range p.Warnings {
		v.Warnings = append(v.Warnings, told(text))
	}
	v.Fields = fieldsOf(p, how, to)
	v.Key = keyField(p, how)
	words := slices.Clone(p.Words) // a row must not move because of what is chosen in it
	slices.SortStableFunc(words, func(a, b app.PreviewWord) int { return strings.Compare(a.Text, b.Text) })
	for _, word := range words {
		v.Words = append(v.Words, newWord(word, p.States, how))
	}
	for _, col := range p.Used {
		v.Head = append(v.Head, row(firstOf(fieldLabels[col.Field], col.Field)))
	}
	for _, line := range p.Head {
		v.Lines = append(v.Lines, rows(line, 40))
	}
	v.complain(p)
	if p.Held != nil && v.Problem == nil {
		v.Held, v.Accept = &shrunk{Problems: problems([]app.Problem{*p.Held}), What: peopleOrAccounts(to)}, how.chosen.Get("accept")
	}
	return v
}

// complain says why the file cannot be imported like this: in the words of the
// import, with its rows one by one.
func (v *previewView) complain(p app.FilePreview) {
	if p.Problem == nil {
		return
	}
	f := failureOf(p.Problem)
	if len(p.Lines) > 0 {
		f.Lines = nil
		for _, line := range p.Lines {
			v.Errors = append(v.Errors, told(line))
		}
		if p.More > 0 {
			v.More = "and " + count(p.More) + " more"
		}
	}
	if slices.ContainsFunc(v.Words, func(w wordView) bool { return w.Unknown }) {
		f.Do = prose("Say below what each text means; correct anything else in the file and choose it again.")
	}
	v.Problem = &f
}

func factsOf(p app.FilePreview) string {
	var facts []string
	if p.Rows > 0 || p.Problem == nil { // otherwise none was read so far
		facts = append(facts, many(p.Rows, "row"))
	}
	if p.Encoding != "" {
		facts = append(facts, p.Encoding)
	}
	if p.Separator != "" {
		facts = append(facts, "separated by "+p.Separator)
	}
	if p.Dates != "" {
		facts = append(facts, "dates "+p.Dates)
	}
	return strings.Join(facts, " · ")
}

func fieldsOf(p app.FilePreview, how readingOf, to filePurpose) []fieldView {
	var out []fieldView
	for _, id := range p.Fields {
		found := foundFor(p, id)
		label := "not in the file"
		if found != "" {
			label = found
		}
		chosen := firstOf(how.chosen.Get("map."+id), asFound)
		if chosen != asFound {
			label = "as found"
		}
		f := fieldView{ID: id, Label: fieldLabels[id], Needed: id == "number" && !to.members || to.members && id == p.Key}
		f.Options = append(f.Options, optionView{asFound, row(label), chosen == asFound}, optionView{notRead, row("not read"), chosen == notRead})
		for _, col := range columnsIn(p) {
			f.Options = append(f.Options, optionView{col, row(col), chosen == col})
		}
		out = append(out, f)
	}
	return out
}

// mostColumns are offered; a file with more is mapped in the terminal.
const mostColumns = 200

func columnsIn(p app.FilePreview) []string { return p.Columns[:min(len(p.Columns), mostColumns)] }

func foundFor(p app.FilePreview, field string) string {
	var names []string
	for _, c := range p.Used {
		if c.Field == field {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

func keyField(p app.FilePreview, how readingOf) fieldView {
	chosen := how.chosen.Get("key")
	f := fieldView{ID: "key", Label: "Who is who", Options: []optionView{{"", row(firstOf(p.Key, "the employee number")), chosen == ""}}}
	for _, col := range columnsIn(p) {
		f.Options = append(f.Options, optionView{col, row(col), chosen == col})
	}
	return f
}

func newWord(w app.PreviewWord, states []string, how readingOf) wordView {
	chosen := how.Words[w.Text]
	v := wordView{ID: wordID(w.Text), Shown: row(w.Text), Rows: many(w.Rows, "row"), Unknown: w.State == ""}
	first := "say what it means"
	if w.State != "" {
		first = w.State
	}
	if chosen == "" {
		v.Options = append(v.Options, optionView{"", row(first), true})
	} else {
		v.Options = append(v.Options, optionView{"", row("as found"), false})
	}
	for _, s := range states {
		if s != w.State || chosen != "" {
			v.Options = append(v.Options, optionView{s, row(s), s == chosen})
		}
	}
	return v
}
