package app

import "testing"

func TestSameAddress(t *testing.T) {
	const base = "https://acme.example/scim/v2"
	tests := []struct {
		a, b string
		same bool
	}{
		{base, "HTTPS://ACME.example/scim/v2/", true},
		{base, "https://acme.example./scim/v2", true},
		{base, "https://acme.example//scim/./v2", true},
		{base, "https://acme.example/SCIM/V2", true},
		{base, "https://acme.example/scim/v2%2F", true},
		{base, "https://acme.example:443/scim/v2", true},
		{base, "https://acme.example:0443/scim/v2", true},
		{"https://münchen.example/scim", "https://xn--mnchen-3ya.example/scim", true},
		{"https://MÜNCHEN。example/scim", "https://xn--mnchen-3ya.example/scim", true},
		{"https://8.8.8.8/scim", "https://[::ffff:8.8.8.8]/scim", true},
		{"https://[2001:db8::1]/scim", "https://[2001:DB8:0::1]/scim", true},
		{"http://localhost/scim", "http://localhost:80/scim", true},
		{"http://127.0.0.1:8080", "http://localhost:8080/", true},
		{"http://[::1]:8080", "http://127.0.0.2:8080", true},
		{"http://[::ffff:127.0.0.1]:8080", "http://localhost.:8080", true},
		{"http://0.0.0.0:8080", "http://localhost:8080", true},
		{"http://acme.localhost:8080", "http://localhost:8080", true},
		{"http://[fe80::1%25eth0]:8080", "http://[fe80::1]:8080", true},
		{base, " " + base + "\n", true},
		{base, "https://acme.example:0/scim/v2", true},
		{base, "https://acme.example:8443/scim/v2", false},
		{base, "https://acme.example/scim/v2/other", false},
		{base, "https://b.acme.example/scim/v2", false},
		{"http://127.0.0.1:8080", "http://localhost:8081", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if sameAddress(tt.a, tt.b) != tt.same || sameAddress(tt.b, tt.a) != tt.same {
			t.Errorf("%q and %q: the same is %v", tt.a, tt.b, !tt.same)
		}
	}
}
