package scim

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Send sends one change, once. It is the only method that sends anything but
// GET. The receipt is asked first, for exactly the request that would go out;
// if it refuses, nothing leaves this machine.
//
// An answer says that the server accepted the request. An error with Uncertain
// set says that it may have been carried out; even one without may lie (some
// servers answer 400 and do it). Only reading back tells.
func (c *Client) Send(ctx context.Context, w Write, r Receipt) (Answer, error) {
	k := call{
		op: "send " + clean(w.Method, 10), method: w.Method, path: w.Path, body: w.Body,
		contentType: w.ContentType, ifMatch: w.IfMatch, plain: c.plainJSON.Load(),
		limit: c.limitOf(w.Path),
	}
	if k.contentType == "" {
		k.contentType = mediaSCIM
	}
	if err := c.checkWrite(k); err != nil {
		return Answer{}, c.failure(k, KindUsage, err.Error(), err)
	}
	if err := ctx.Err(); err != nil {
		return Answer{}, c.canceled(k, err)
	}
	if r == nil {
		return Answer{}, c.failure(k, KindReceipt, "there is no receipt for this request", errNoReceipt)
	}
	if err := r.Authorize(c.Request(w)); err != nil {
		return Answer{}, c.failure(k, KindReceipt, "the receipt does not authorise this request: "+c.words(err.Error()), err)
	}
	a, e := c.exchange(ctx, k)
	out := Answer{Status: a.status}
	if e != nil {
		return out, e
	}
	out.ETag = etagOf(a)
	return c.accept(k, a, out)
}

var errNoReceipt = errors.New("no receipt")

// checkWrite refuses what the client would never prepare.
func (c *Client) checkWrite(k call) error {
	switch k.method {
	case http.MethodPatch, http.MethodPut, http.MethodPost, http.MethodDelete:
	default:
		return errors.New("only PATCH, PUT, POST and DELETE are changes")
	}
	if !strings.HasPrefix(k.path, c.base.path+"/") {
		return errors.New("the path lies outside the tenant's SCIM interface")
	}
	for _, s := range []string{k.contentType, k.ifMatch} {
		if strings.ContainsFunc(s, isControl) {
			return errors.New("a header value contains a control character")
		}
	}
	_, err := c.url(k.path)
	return err
}

// accept judges a 2xx answer to a write. An empty body and {} are fine, a
// resource is better; anything else means that something other than the SCIM
// server answered, or that it did not do what was asked.
func (c *Client) accept(k call, a answer, out Answer) (Answer, error) {
	if a.status == http.StatusAccepted {
		e := c.failure(k, KindAccepted, "the server took the request to carry it out later", nil)
		e.Status, e.Uncertain = a.status, true
		return out, e
	}
	body := trimJSON(a.body)
	if len(body) == 0 || k.method == http.MethodDelete && !looksHTML(body) {
		return out, nil
	}
	if validJSON(body) && body[0] == '{' && emptyObject(body) {
		return out, nil
	}
	f, e := c.resource(k, a)
	if e != nil {
		e.Uncertain = true
		return out, e
	}
	out.Raw = f.raw
	return out, nil
}
