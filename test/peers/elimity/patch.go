package main

import (
	"slices"
	"strings"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	filter "github.com/scim2/filter-parser/v2"
)

// apply carries out one operation of RFC 7644, 3.5.2 on r. The library has
// checked it against the schema. Of value filters only "attribute eq value" is
// understood.
func apply(r resource, op scim.PatchOperation) error {
	if op.Path == nil {
		values, _ := op.Value.(map[string]any)
		for name, v := range values {
			set(r, name, op.Op, v)
		}
		return nil
	}
	path := op.Path.AttributePath
	target := r
	if uri := path.URI(); uri != "" {
		target = sub(r, uri)
	}
	if op.Path.ValueExpression != nil {
		return applyToElements(target, op)
	}
	name := path.AttributeName
	if s := path.SubAttributeName(); s != "" {
		target, name = sub(target, name), s
	}
	if op.Op == scim.PatchOperationRemove {
		delete(target, key(target, name))
		return nil
	}
	set(target, name, op.Op, op.Value)
	return nil
}

// applyToElements changes the elements of a list that the value filter names.
func applyToElements(target resource, op scim.PatchOperation) error {
	e, ok := op.Path.ValueExpression.(*filter.AttributeExpression)
	if !ok || e.Operator != filter.EQ {
		return errors.ScimErrorInvalidFilter
	}
	name := key(target, op.Path.AttributePath.AttributeName)
	elements, _ := target[name].([]any)
	matches := func(v any) bool {
		m, _ := v.(resource)
		return m[key(m, e.AttributePath.AttributeName)] == e.CompareValue
	}
	if op.Op == scim.PatchOperationRemove && op.Path.SubAttributeName() == "" {
		target[name] = slices.DeleteFunc(elements, matches)
		return nil
	}
	for _, v := range elements {
		if matches(v) {
			changeElement(v.(resource), op)
		}
	}
	return nil
}

func changeElement(element resource, op scim.PatchOperation) {
	name := op.Path.SubAttributeName()
	switch values, isMap := op.Value.(map[string]any); {
	case op.Op == scim.PatchOperationRemove:
		delete(element, key(element, name))
	case name != "":
		set(element, name, op.Op, op.Value)
	case isMap:
		for n, v := range values {
			set(element, n, op.Op, v)
		}
	}
}

// set adds to a list where op is add, and replaces everything else.
func set(target resource, name, op string, v any) {
	name = key(target, name)
	old, isList := target[name].([]any)
	added, alsoList := v.([]any)
	if op == scim.PatchOperationAdd && isList && alsoList {
		target[name] = append(old, added...)
		return
	}
	target[name] = v
}

// sub returns the complex attribute name of r, making it where it is missing.
func sub(r resource, name string) resource {
	name = key(r, name)
	if m, ok := r[name].(resource); ok {
		return m
	}
	m := resource{}
	r[name] = m
	return m
}

// key returns name as r spells it: attribute names have no case.
func key(r resource, name string) string {
	for k := range r {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return name
}
