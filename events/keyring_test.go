package events

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"
)

func randomKey(t testing.TB) []byte {
	t.Helper()
	key := make([]byte, MasterKeySize)
	_, _ = rand.Read(key)
	return key
}

func mustKeyring(t testing.TB, current []byte, previous ...[]byte) *Keyring {
	t.Helper()
	k, err := NewKeyring(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedOpensOnlyForItsPurposeAndPlace(t *testing.T) {
	k := mustKeyring(t, randomKey(t))
	sealed := k.Seal("code", []byte("row 1"), []byte("123456"))
	if plain, err := k.Open("code", []byte("row 1"), sealed); err != nil || string(plain) != "123456" {
		t.Fatalf("open: %q, %v", plain, err)
	}
	if bytes.Contains(sealed, []byte("123456")) {
		t.Error("the plain text shows")
	}
	if bytes.Equal(sealed, k.Seal("code", []byte("row 1"), []byte("123456"))) {
		t.Error("sealing twice gives the same bytes")
	}
	refuse := func(name string, k *Keyring, purpose, aad string, sealed []byte) {
		t.Helper()
		if _, err := k.Open(purpose, []byte(aad), sealed); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%s: %v, want ErrUnsealed", name, err)
		}
	}
	refuse("other purpose", k, "webhook secret", "row 1", sealed)
	refuse("other row", k, "code", "row 2", sealed)
	refuse("other master key", mustKeyring(t, randomKey(t)), "code", "row 1", sealed)
	refuse("empty", k, "code", "row 1", nil)
	refuse("cut", k, "code", "row 1", sealed[:len(sealed)-1])
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		refuse("altered", k, "code", "row 1", altered)
	}
}

func TestMasterKeyRotation(t *testing.T) {
	oldKey, newKey := randomKey(t), randomKey(t)
	before, rotated := mustKeyring(t, oldKey), mustKeyring(t, newKey, oldKey)
	sealed, mac := before.Seal("p", nil, []byte("secret")), before.MAC("p", []byte("id"))
	if plain, err := rotated.Open("p", nil, sealed); err != nil || string(plain) != "secret" {
		t.Errorf("sealed before: %q, %v", plain, err)
	}
	if !rotated.VerifyMAC("p", mac, []byte("id")) {
		t.Error("a MAC from before does not verify")
	}
	if bytes.Equal(rotated.MAC("p", []byte("id")), mac) {
		t.Error("MACs are still made with the previous key")
	}
	if _, err := before.Open("p", nil, rotated.Seal("p", nil, []byte("x"))); err == nil {
		t.Error("sealing still uses the previous key")
	}
}

func TestMACPartsAreUnambiguous(t *testing.T) {
	k := mustKeyring(t, randomKey(t))
	mac := k.MAC("p", []byte("ab"), []byte("c"))
	for name, other := range map[string][]byte{
		"moved border": k.MAC("p", []byte("a"), []byte("bc")),
		"one part":     k.MAC("p", []byte("abc")),
		"other use":    k.MAC("q", []byte("ab"), []byte("c")),
		"empty part":   k.MAC("p", []byte("ab"), []byte("c"), nil),
	} {
		if bytes.Equal(mac, other) {
			t.Errorf("%s: same MAC", name)
		}
	}
	if !k.VerifyMAC("p", mac[:16], []byte("ab"), []byte("c")) {
		t.Error("its first 16 bytes do not verify")
	}
	if k.VerifyMAC("p", mac[:15], []byte("ab"), []byte("c")) || k.VerifyMAC("p", nil, []byte("ab"), []byte("c")) {
		t.Error("a shorter one verifies")
	}
}

func TestParseMasterKey(t *testing.T) {
	key := randomKey(t)
	for _, text := range []string{
		base64.StdEncoding.EncodeToString(key), base64.RawStdEncoding.EncodeToString(key),
		base64.URLEncoding.EncodeToString(key), " " + hex.EncodeToString(key) + "\n",
	} {
		if got, err := ParseMasterKey(text); err != nil || !bytes.Equal(got, key) {
			t.Errorf("a good spelling is refused: %v", err)
		}
	}
	for _, text := range []string{"", "short", hex.EncodeToString(key[:31]), base64.StdEncoding.EncodeToString(append(key, 1)), "§" + hex.EncodeToString(key)} {
		if _, err := ParseMasterKey(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	if _, err := NewKeyring(make([]byte, 32)); err == nil {
		t.Error("a key of zeros is accepted")
	}
	if _, err := NewKeyring(make([]byte, 31)); err == nil {
		t.Error("a short key is accepted")
	}
}
