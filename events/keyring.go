package events

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = 32

// ErrUnsealed is what Keyring.Open returns when the sealed bytes were made
// under another key, for another purpose or other associated data, or were
// altered. It never says which.
var ErrUnsealed = errors.New("sealed value cannot be opened with this master key")

// Keyring seals what must be read again (webhook secrets, pending codes) and
// authenticates what must not be forged (links), under VISAVIS_MASTER_KEY. Each
// purpose has a key of its own, derived by HKDF-SHA256 (RFC 5869), so that a
// value sealed for one purpose opens for no other. It is safe for concurrent
// use. It stands in this package because events is the lowest that needs it.
type Keyring struct {
	masters []master // the current one first, then those that only open
	derived sync.Map // string of master index, use and purpose → []byte
}

type master struct {
	id  byte // derived from key; two keys may share one, so opening tries all that match
	key []byte
}

// NewKeyring makes a keyring of the master key, which must be 32 bytes.
// Previous master keys, if any, still open and verify what was made with them
// but make nothing new: that is how the master key is rotated.
func NewKeyring(current []byte, previous ...[]byte) (*Keyring, error) {
	k := &Keyring{}
	for _, key := range append([][]byte{current}, previous...) {
		if len(key) != MasterKeySize {
			return nil, fmt.Errorf("master key has %d bytes, it must have %d", len(key), MasterKeySize)
		}
		same := byte(0)
		for _, b := range key {
			same |= b ^ key[0]
		}
		if same == 0 {
			return nil, errors.New("master key is one byte repeated: make one with `openssl rand -base64 32`")
		}
		id := deriveKey(key, "visavis key id", "")
		k.masters = append(k.masters, master{id: id[0], key: append([]byte(nil), key...)})
	}
	return k, nil
}

// ParseMasterKey reads a master key as written in VISAVIS_MASTER_KEY: 32 bytes
// in base64 (either alphabet, padded or not) or as 64 hexadecimal digits.
// Surrounding white space is ignored.
func ParseMasterKey(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	if len(s) == 2*MasterKeySize {
		if key, err := hex.DecodeString(s); err == nil {
			return key, nil
		}
	}
	s = strings.TrimRight(s, "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	key, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(key) != MasterKeySize {
		return nil, fmt.Errorf("master key must be %d bytes in base64 or hexadecimal: make one with `openssl rand -base64 32`", MasterKeySize)
	}
	return key, nil
}

// deriveKey is HKDF-SHA256 with what the key is for as its info.
func deriveKey(key []byte, use, purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, key, nil, use+"\x00"+purpose, 32)
	if err != nil { // only for lengths that are not asked for
		panic("events: derive key: " + err.Error())
	}
	return derived
}

func (k *Keyring) key(index int, use, purpose string) []byte {
	name := string(rune(index)) + use + "\x00" + purpose
	if key, ok := k.derived.Load(name); ok {
		return key.([]byte)
	}
	key := deriveKey(k.masters[index].key, use, purpose)
	k.derived.Store(name, key)
	return key
}

const (
	useSeal = "visavis seal"
	useMAC  = "visavis mac"
)

// Seal encrypts plain with XChaCha20-Poly1305 under the key of the purpose. The
// associated data is not stored: Open must be given the same, such as the
// row's id, so that a sealed value moved to another row opens no more. purpose
// is a constant of the program.
func (k *Keyring) Seal(purpose string, aad, plain []byte) []byte {
	aead, err := chacha20poly1305.NewX(k.key(0, useSeal, purpose))
	if err != nil {
		panic("events: " + err.Error()) // only for a wrong key length
	}
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(plain)+aead.Overhead())
	sealed[0] = k.masters[0].id
	_, _ = rand.Read(sealed[1:]) // never fails, see crypto/rand
	return aead.Seal(sealed, sealed[1:], plain, aad)
}

// Open decrypts what Seal made for the same purpose and associated data, under
// the current or a previous master key. It returns ErrUnsealed otherwise.
func (k *Keyring) Open(purpose string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead {
		return nil, ErrUnsealed
	}
	nonce, box := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	for i, m := range k.masters {
		if m.id != sealed[0] {
			continue
		}
		aead, err := chacha20poly1305.NewX(k.key(i, useSeal, purpose))
		if err != nil {
			return nil, err
		}
		if plain, err := aead.Open(nil, nonce, box, aad); err == nil {
			return plain, nil
		}
	}
	return nil, ErrUnsealed
}

// MAC returns HMAC-SHA-256 (32 bytes) of the parts under the purpose's key of
// the current master key. Each part goes in with its length, so ("ab", "c") and
// ("a", "bc") differ.
func (k *Keyring) MAC(purpose string, parts ...[]byte) []byte { return k.mac(0, purpose, parts) }

func (k *Keyring) mac(index int, purpose string, parts [][]byte) []byte {
	h := hmac.New(sha256.New, k.key(index, useMAC, purpose))
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// VerifyMAC reports, in constant time, whether mac is the MAC of the parts
// under the current or a previous master key. A mac cut to its first 16 bytes
// or more is accepted; a shorter one never is.
func (k *Keyring) VerifyMAC(purpose string, mac []byte, parts ...[]byte) bool {
	if len(mac) < 16 || len(mac) > sha256.Size {
		return false
	}
	ok := false
	for i := range k.masters {
		if hmac.Equal(mac, k.mac(i, purpose, parts)[:len(mac)]) {
			ok = true
		}
	}
	return ok
}

// MACs returns the MAC of the parts under the current and then each previous
// master key, for a comparison that is made elsewhere.
func (k *Keyring) MACs(purpose string, parts ...[]byte) [][]byte {
	all := make([][]byte, len(k.masters))
	for i := range k.masters {
		all[i] = k.mac(i, purpose, parts)
	}
	return all
}
