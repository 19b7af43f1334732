package secrets

import "testing"

func TestPack(t *testing.T) {
	tests := []struct{ secret, item string }{
		{"token", "t:token"}, {"", "t:"}, {"t:x", "t:t:x"}, {"\xff\x00", "b:/wA="}, {"a\x00", "b:YQA="},
	}
	for _, tt := range tests {
		item := pack([]byte(tt.secret))
		back, err := unpack(item)
		if item != tt.item || err != nil || string(back) != tt.secret {
			t.Errorf("%q became %q and %q, %v", tt.secret, item, back, err)
		}
	}
	for _, bad := range []string{"", "x", "b:*", "c:YQ=="} {
		if _, err := unpack(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestItemLimit(t *testing.T) {
	if itemLimit("windows") > 2560 || itemLimit("darwin") >= 3000 || itemLimit("linux") < 1<<12 {
		t.Error("a limit is not the keychain's")
	}
}
