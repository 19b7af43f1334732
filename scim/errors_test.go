package scim_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// TestErrorShapes: the same words out of every form of error body.
func TestErrorShapes(t *testing.T) {
	const said = "resource user-009 not found"
	for shape, want := range map[scimtest.ErrorShape]string{
		scimtest.ErrorRFC: said, scimtest.ErrorIntStatus: said, scimtest.ErrorDetailList: said, scimtest.ErrorSlack: said,
		scimtest.ErrorSalesforce: said, scimtest.ErrorText: said, scimtest.ErrorJSONText: said, scimtest.ErrorHTML: "", scimtest.ErrorEmpty: "",
	} {
		t.Run(string(shape), func(t *testing.T) {
			_, c, _ := serve(t, scimtest.Options{Users: people(1), Quirks: scimtest.Quirks{ErrorShape: shape}})
			_, err := c.User(context.Background(), "user-009")
			e := asError(t, err)
			equal(t, "kind", e.Kind, scim.KindNotFound)
			equal(t, "status", e.Status, 404)
			equal(t, "detail", e.Detail, want)
		})
	}
}

func TestErrorWords(t *testing.T) {
	long := strings.Repeat("word ", 200)
	for name, tc := range map[string]struct{ body, detail string }{
		"detail":            {`{"detail":"No such user","status":404,"scimType":"noTarget"}`, "No such user"},
		"detail null":       {`{"detail":null,"message":"M"}`, "M"},
		"details in a list": {`{"detail":["a",{"message":"b"}]}`, "a; b"},
		"Errors list":       {`{"Errors":[{"description":"D","code":"404"}]}`, "D"},
		"OAuth":             {`{"error":"invalid_token","error_description":"expired"}`, "expired"},
		"error object":      {`{"error":{"message":"inner"}}`, "inner"},
		"problem":           {`{"type":"about:blank","title":"T","detail":"D"}`, "D"},
		"only a number":     {`{"code":7}`, "7"},
		"a string":          {`"just words"`, "just words"},
		"plain text":        {"two\r\nlines", "two lines"},
		"terminal escapes":  {"a\x1b[2J\x1b]0;owned\x07b", "a [2J ]0;owned b"},
		"escapes in JSON":   {`{"detail":"a\u001b[31mb\u202ec\u0000d"}`, "a [31mb c d"},
		"invalid UTF-8":     {"{\"detail\":\"a\xffb\"}", "a�b"},
		"page in JSON":      {`{"detail":"<html><body>x</body></html>"}`, ""},
		"page":              {"<!DOCTYPE HTML><p>x", ""},
		"page after words":  {"502 <HTML>", ""},
		"broken JSON":       {`{"detail":"x`, ""},
		"the token":         {`{"detail":"token ` + scimtest.Token + ` is bad"}`, "token [credential] is bad"},
		"the token, split":  {`{"detail":"Bearer ` + scimtest.Token + `"}`, "[credential]"},
		"long":              {`{"detail":"` + long + `"}`, ""},
		"nothing to say":    {`{"schemas":[]}`, ""},
		"deep":              {strings.Repeat(`{"error":`, 50) + `"x"` + strings.Repeat("}", 50), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, _ := serve(t, scimtest.Options{Users: people(1)})
			s.Fail(scimtest.Fault{Status: 404, Body: tc.body})
			_, err := c.User(context.Background(), "user-001")
			e := asError(t, err)
			if name == "long" {
				if n := len([]rune(e.Detail)); n > 310 || !strings.HasSuffix(e.Detail, "…") {
					t.Errorf("%d characters, %q", n, e.Detail)
				}
				return
			}
			equal(t, "detail", e.Detail, tc.detail)
			if strings.Contains(e.Error(), scimtest.Token) {
				t.Error("the error holds the token")
			}
		})
	}
}

// A server may send back what it was given: the credential is hidden in every
// spelling in which it came, or in which it is shown.
func TestErrorsHideTheCredential(t *testing.T) {
	for name, auth := range map[string]scim.Auth{
		"basic":          {Scheme: "basic", User: "svc", Secret: "s3cret"},
		"header":         {Scheme: "header", Header: "X-Api-Key", Secret: "s3cret"},
		"bearer, spaced": {Secret: "s3  cret"},
		"in an address":  {Secret: "s3+c/ret"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				given := r.Header.Get("Authorization") + r.Header.Get("X-Api-Key")
				_, alone, _ := strings.Cut(given, " ")
				w.WriteHeader(http.StatusBadRequest)
				_ = json.MarshalWrite(w, map[string]string{"detail": given + ", " + alone + ", " + auth.Secret + " is bad: https://x/?t=" + url.QueryEscape(auth.Secret)})
			}))
			defer srv.Close()
			c := client(t, scim.Config{BaseURL: srv.URL, Auth: auth})
			_, err := c.User(t.Context(), "user-001")
			shown := asError(t, err).Error()
			for _, part := range []string{"cret", "s3", "ret", base64.StdEncoding.EncodeToString([]byte("svc:s3cret"))} {
				if strings.Contains(shown, part) {
					t.Errorf("%q holds %q", shown, part)
				}
			}
			if !strings.Contains(shown, "[credential]") {
				t.Errorf("%q tells nothing", shown)
			}
		})
	}
}

// TestErrorsSayWhatToDo: a person's usual mistakes, each with one clause and
// one sentence.
func TestErrorsSayWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks     scimtest.Quirks
		url        func(string) string
		what, hint string
	}{
		"wrong token":          {scimtest.Quirks{Reject: true}, nil, "refused the credential (HTTP 401)", "Check that the token is complete"},
		"sign-in page":         {scimtest.Quirks{RejectPage: true}, nil, "a web page instead of a list", "Check the base URL and the token"},
		"status error":         {scimtest.Quirks{RejectJSON: true}, nil, "it says: not logged in", "Check the base URL and the token"},
		"wrong path":           {scimtest.Quirks{}, func(u string) string { return u + "/v3" }, "found nothing at this address", "Check the path of the base URL"},
		"wrong path, web page": {scimtest.Quirks{}, func(u string) string { return strings.TrimSuffix(u, "/scim/v2") }, "found nothing at this address and answered with a web page (HTTP 404)", "Check the path of the base URL: a web page"},
		"moved":                {scimtest.Quirks{RedirectTo: "https://login.example.com"}, nil, "redirects to https://login.example.com/scim/v2/Users", "the token was not sent there"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scimtest.New(scimtest.Options{Quirks: tc.quirks})
			defer s.Close()
			url := s.URL
			if tc.url != nil {
				url = tc.url(url)
			}
			_, err := client(t, scim.Config{BaseURL: url}).Probe(context.Background())
			e := asError(t, err)
			if !strings.Contains(e.Error(), tc.what) || !strings.Contains(e.Hint, tc.hint) {
				t.Errorf("error %q, hint %q", e.Error(), e.Hint)
			}
			if n := strings.Count(e.Hint, ". "); n > 0 {
				t.Errorf("%d remedies: %q", n+1, e.Hint)
			}
			if strings.ContainsAny(e.Error()+e.Hint, "<>\n?") {
				t.Errorf("error %q, hint %q", e.Error(), e.Hint)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks   scimtest.Quirks
		warnings int
		check    func(c scim.Capabilities) bool
	}{
		"conformant": {scimtest.Quirks{}, 0, func(c scim.Capabilities) bool {
			return c.Discovery && c.Patch == scim.Yes && c.Bulk == scim.No && c.ETag == scim.No && c.Sort == scim.Yes && c.MaxResults == 1000 &&
				len(c.ResourceTypes) == 2 && c.ResourceTypes[0] == "/Users" && len(c.Schemas) == 2 && c.AuthSchemes[0] == "oauthbearertoken"
		}},
		"none":        {scimtest.Quirks{NoDiscovery: true}, 3, func(c scim.Capabilities) bool { return !c.Discovery && c.Patch == scim.Unknown }},
		"web pages":   {scimtest.Quirks{DiscoveryHTML: true}, 3, func(c scim.Capabilities) bool { return !c.Discovery }},
		"bare arrays": {scimtest.Quirks{BareArrays: true}, 0, func(c scim.Capabilities) bool { return c.Discovery && len(c.ResourceTypes) == 2 && len(c.Schemas) == 2 }},
		"plural":      {scimtest.Quirks{PluralConfig: true}, 0, func(c scim.Capabilities) bool { return c.Discovery }},
		"wrong":       {scimtest.Quirks{DiscoveryWrong: true}, 0, func(c scim.Capabilities) bool { return c.Patch == scim.No && c.ETag == scim.Yes }},
		"cursors": {scimtest.Quirks{Cursor: scimtest.CursorAlways}, 0, func(c scim.Capabilities) bool {
			return c.CursorPaging == scim.Yes && c.IndexPaging == scim.No
		}},
		"plain JSON":      {scimtest.Quirks{PlainJSON: true}, 0, func(c scim.Capabilities) bool { return c.PlainJSON && c.Discovery }},
		"active is a bug": {scimtest.Quirks{OmitActive: true}, 0, func(c scim.Capabilities) bool { return c.ActiveUnknown == 10 }},
		"count too large": {scimtest.Quirks{CountLimit: 50}, 0, func(c scim.Capabilities) bool { return c.UsersOnPage == 10 }},
	} {
		t.Run(name, func(t *testing.T) {
			s := scimtest.New(scimtest.Options{Users: people(10), Quirks: tc.quirks})
			defer s.Close()
			c, err := client(t, scim.Config{BaseURL: s.URL}).Probe(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Warnings) != tc.warnings || !tc.check(c) {
				t.Errorf("%+v", c)
			}
			equal(t, "users on the first page", c.UsersOnPage, 10)
			equal(t, "writes", len(s.Writes()), 0)
		})
	}
}
