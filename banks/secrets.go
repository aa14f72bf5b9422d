package banks

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/visavis/visavis"
)

// newToken returns 32 random bytes as 43 characters of base64url, and the
// SHA-256 by which the database knows them. So many random bytes need neither
// salt nor a slow hash.
func newToken() (token string, hash []byte) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// The cost of a password hash, by OWASP's password storage cheat sheet for
// argon2id: 19 MiB, two passes, one lane. About 20 ms of one core.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

// The length of a password, in characters.
const (
	MinPassword = 12
	MaxPassword = 256
)

// argonTurns lets only so many hashes be computed at a time: each needs 19 MiB,
// and sign-ins are open to strangers.
var argonTurns = make(chan struct{}, 4)

func argon(password string, salt []byte, time, memory uint32, lanes uint8, size uint32) []byte {
	argonTurns <- struct{}{}
	defer func() { <-argonTurns }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, size)
}

// hashPassword returns a PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key := argon(password, salt, argonTime, argonMemory, argonLanes, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// verifyPassword reports whether the password has this PHC hash. The parameters
// are the hash's own, so that a later change of cost leaves old passwords valid.
func verifyPassword(password, phc string) (bool, error) {
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errors.New("password hash has an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || memory > 1<<20 || passes == 0 || passes > 100 || lanes == 0 {
		return false, errors.New("password hash has bad parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errors.New("password hash has a bad salt")
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 128 {
		return false, errors.New("password hash has a bad key")
	}
	got := argon(password, salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// nobodysHash is what an unknown e-mail's password is compared with, so that it
// takes as long as a known one's.
var nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func checkPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return visavis.InvalidField("password", "at least %d characters", MinPassword)
	case n > MaxPassword:
		return visavis.InvalidField("password", "at most %d characters", MaxPassword)
	case !utf8.ValidString(password):
		return visavis.InvalidField("password", "it is not UTF-8")
	}
	return nil
}
