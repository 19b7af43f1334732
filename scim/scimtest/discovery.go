package scimtest

import (
	"net/http"
	"strconv"
)

// discover serves the three discovery endpoints (RFC 7644 section 4).
func (s *Server) discover(q *request) response {
	k := q.quirks
	if k.NoDiscovery {
		return response{status: http.StatusNotFound, contentType: "application/json", body: []byte("{}")}
	}
	if k.DiscoveryHTML {
		return response{status: http.StatusOK, contentType: "text/html", body: []byte(page)}
	}
	config := "ServiceProviderConfig"
	if k.PluralConfig {
		config += "s"
	}
	switch {
	case q.kind == config && q.depth == 1:
		return ok([]byte(spConfig(k)))
	case q.kind == "ResourceTypes" && q.depth == 1:
		return ok(envelopeOf(k, resourceTypes...))
	case q.kind == "Schemas" && q.depth == 1:
		return ok(envelopeOf(k, schemas...))
	}
	return q.refuse(http.StatusNotFound, "", "there is nothing at this address")
}

func spConfig(k Quirks) string {
	says := func(supported bool) string {
		return `{"supported":` + strconv.FormatBool(supported != k.DiscoveryWrong) + `}`
	}
	limit := 1000
	if k.PageCap > 0 {
		limit = k.PageCap
	}
	doc := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]` +
		`,"patch":` + says(k.PatchStatus == 0) +
		`,"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0}` +
		`,"filter":{"supported":` + strconv.FormatBool(!k.DiscoveryWrong) + `,"maxResults":` + strconv.Itoa(limit) + `}` +
		`,"changePassword":{"supported":false}` +
		`,"sort":` + says(k.SortStatus == 0) +
		`,"etag":` + says(k.ETags && k.EnforceIfMatch) +
		`,"authenticationSchemes":[{"type":"oauthbearertoken","name":"Bearer token","description":"a bearer token"}]`
	if k.Cursor != CursorNone {
		doc += `,"pagination":{"cursor":true,"index":` + strconv.FormatBool(k.Cursor != CursorAlways) + `}`
	}
	if k.BareArrays {
		return "[" + doc + "}]"
	}
	return doc + "}"
}

var resourceTypes = []string{
	`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users","schema":"` + schemaUser + `"}`,
	`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Group","name":"Group","endpoint":"/Groups","schema":"` + schemaGroup + `"}`,
}

var schemas = []string{
	`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"` + schemaUser + `","name":"User","attributes":[]}`,
	`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"` + schemaGroup + `","name":"Group","attributes":[]}`,
}

func envelopeOf(k Quirks, docs ...string) []byte {
	list := "["
	for i, d := range docs {
		if i > 0 {
			list += ","
		}
		list += d
	}
	list += "]"
	if k.BareArrays {
		return []byte(list)
	}
	n := strconv.Itoa(len(docs))
	return []byte(`{"schemas":["` + schemaList + `"],"totalResults":` + n + `,"startIndex":1,"itemsPerPage":` + n + `,"Resources":` + list + `}`)
}
