package scim

import "context"

// Conditional returns w with If-Match (RFC 7644 section 3.14) where the server
// gave an ETag for what w changes and says that it keeps to ETags, which it is
// asked once. Even then only reading back shows what happened.
func (c *Client) Conditional(ctx context.Context, w Write, etag string) Write {
	if etag != "" && c.keepsToETags(ctx) {
		w.IfMatch = etag
	}
	return w
}

// keepsToETags asks the ServiceProviderConfig. What could not be asked is asked
// again for the next change.
func (c *Client) keepsToETags(ctx context.Context) bool {
	c.etags.Lock()
	defer c.etags.Unlock()
	if c.etags.said == Unknown {
		var has Capabilities
		if err := c.probeConfig(ctx, &has); err != nil && ctx.Err() != nil {
			return false
		}
		if c.etags.said = has.ETag; has.ETag == Unknown {
			c.etags.said = No
		}
	}
	return c.etags.said == Yes
}
