package main

import (
	"net/http"
	"time"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
)

// handler serves one kind of resource out of the store.
type handler struct {
	st   *store
	kind kind
}

var _ scim.ResourceHandler = handler{}

var errTaken = errors.ScimError{ScimType: errors.ScimTypeUniqueness, Detail: "userName is taken", Status: http.StatusConflict}

func (h handler) Create(_ *http.Request, a scim.ResourceAttributes) (scim.Resource, error) {
	r, ok := h.st.put(h.kind, "", a)
	if !ok {
		return scim.Resource{}, errTaken
	}
	return toSCIM(r), nil
}

func (h handler) Get(_ *http.Request, id string) (scim.Resource, error) {
	r, ok := h.st.get(h.kind, id)
	if !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	return toSCIM(r), nil
}

func (h handler) GetAll(_ *http.Request, p scim.ListRequestParams) (scim.Page, error) {
	found := []scim.Resource{}
	for _, r := range h.st.list(h.kind) {
		if p.FilterValidator != nil && p.FilterValidator.PassesFilter(r) != nil {
			continue
		}
		found = append(found, toSCIM(r))
	}
	start := min(p.StartIndex-1, len(found))
	end := min(start+p.Count, len(found))
	return scim.Page{TotalResults: len(found), Resources: found[start:end]}, nil
}

func (h handler) Replace(_ *http.Request, id string, a scim.ResourceAttributes) (scim.Resource, error) {
	if _, ok := h.st.get(h.kind, id); !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	r, ok := h.st.put(h.kind, id, a)
	if !ok {
		return scim.Resource{}, errTaken
	}
	return toSCIM(r), nil
}

func (h handler) Delete(_ *http.Request, id string) error {
	if !h.st.remove(h.kind, id) {
		return errors.ScimErrorResourceNotFound(id)
	}
	return nil
}

// Patch applies all operations or none.
func (h handler) Patch(_ *http.Request, id string, ops []scim.PatchOperation) (scim.Resource, error) {
	r, ok := h.st.get(h.kind, id)
	if !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	for _, op := range ops {
		if err := apply(r, op); err != nil {
			return scim.Resource{}, err
		}
	}
	r, ok = h.st.put(h.kind, id, r)
	if !ok {
		return scim.Resource{}, errTaken
	}
	return toSCIM(r), nil
}

// toSCIM takes r over.
func toSCIM(r resource) scim.Resource {
	out := scim.Resource{Attributes: r}
	out.ID, _ = r["id"].(string)
	if x, ok := r["externalId"].(string); ok {
		out.ExternalID = optional.NewString(x)
	}
	m, _ := r["meta"].(resource)
	out.Meta.Created, out.Meta.LastModified = timeOf(m["created"]), timeOf(m["lastModified"])
	return out
}

func timeOf(v any) *time.Time {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil
	}
	return &t
}
