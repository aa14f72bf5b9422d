package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres/testdb"
)

const testKey = "VISAVIS_MASTER_KEY=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

var twilioSettings = []string{"VISAVIS_TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000",
	"VISAVIS_TWILIO_AUTH_TOKEN=00000000000000000000000000000000", "VISAVIS_TWILIO_FROM=+15005550006"}

// nowhere is a database that nobody serves.
const nowhere = "postgres://visavis:hunter2@127.0.0.1:1/none"

// refused runs a command that must not start, and returns what it said.
func refused(t *testing.T, args string, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := run(ctx, strings.Fields(args), env, io.Discard, io.Discard)
	if err == nil || ctx.Err() != nil {
		t.Fatalf("%s runs with %q", args, env)
	}
	return err.Error()
}

// TestConfigBusted: whatever is wrong with a setting is found before anything
// is begun, and named.
func TestConfigBusted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for _, c := range []struct{ env, names string }{
		{"VISAVIS_ADDR=8080", "VISAVIS_ADDR"},
		{"VISAVIS_ADDRESS=127.0.0.1:8080", "VISAVIS_ADDRESS is not a setting"},
		{"VISAVIS_ADDR_FILE=/etc/hostname", "VISAVIS_ADDR_FILE is not a setting"},
		{"VISAVIS_MEDIA_ADDR=7882", "VISAVIS_MEDIA_ADDR"},
		{"VISAVIS_MEDIA_ADDR=127.0.0.1:port", "VISAVIS_MEDIA_ADDR"},
		{"VISAVIS_MEDIA_TCP_ADDR=7882", "VISAVIS_MEDIA_TCP_ADDR"},
		{"VISAVIS_TURN_UDP_ADDR=3478", "VISAVIS_TURN_UDP_ADDR"},
		{"VISAVIS_TURN_TLS_ADDR=:5349", "VISAVIS_TURN_TLS_ADDR needs"},
		{"VISAVIS_MEDIA_PUBLIC_IPS=203.0.113.7,bank.example", "VISAVIS_MEDIA_PUBLIC_IPS"},
		{"VISAVIS_PUBLIC_URL=video.bank.example", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_PUBLIC_URL=ftp://video.bank.example", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_PUBLIC_URL=https://bank.example/video", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_PUBLIC_URL=https://bank.example?x=1", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_PUBLIC_URL=https://bank.example#x", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_PUBLIC_URL=https://me:secret@bank.example", "VISAVIS_PUBLIC_URL"},
		{"VISAVIS_TLS_CERT=/tmp/cert.pem", "VISAVIS_TLS_KEY"},
		{"VISAVIS_TLS_KEY=/tmp/key.pem", "VISAVIS_TLS_CERT"},
		{"VISAVIS_WEBHOOK_ALLOW=10.0.0.0/40", "VISAVIS_WEBHOOK_ALLOW"},
		{"VISAVIS_TRUSTED_PROXIES=proxy.bank.example", "VISAVIS_TRUSTED_PROXIES"},
		{"VISAVIS_SIMULATOR=yes", "VISAVIS_SIMULATOR"},
		{"VISAVIS_MASTER_KEY=correct horse battery staple", "VISAVIS_MASTER_KEY"},
		{"VISAVIS_MASTER_KEY=00112233445566778899aabbccddeeff", "VISAVIS_MASTER_KEY"},
		{"VISAVIS_MASTER_KEY_FILE=/nowhere/master.key", "VISAVIS_MASTER_KEY_FILE"},
		{testKey + "\nVISAVIS_MASTER_KEY_FILE=/etc/hostname", "VISAVIS_MASTER_KEY_FILE"},
		{"VISAVIS_MASTER_KEY_FILE=/etc/hostname\n" + testKey, "VISAVIS_MASTER_KEY_FILE"},
		{"VISAVIS_DATABASE_URL=postgres://localhost:port/visavis", "VISAVIS_DATABASE_URL"},
		{"VISAVIS_DATABASE_URL=" + nowhere, "VISAVIS_DATABASE_URL"},
		{twilioSettings[0], "VISAVIS_TWILIO_AUTH_TOKEN"},
		{twilioSettings[0] + "\n" + twilioSettings[1], "VISAVIS_TWILIO_FROM"},
		{twilioSettings[1] + "\n" + twilioSettings[2], "VISAVIS_TWILIO_ACCOUNT_SID"},
		{"VISAVIS_TWILIO_VOICE_FROM=+15005550006", "VISAVIS_TWILIO_ACCOUNT_SID"},
		{strings.Join(twilioSettings, "\n") + "\nVISAVIS_SIMULATOR=on", "VISAVIS_SIMULATOR"},
		{"VISAVIS_FCM_CREDENTIALS={}\nVISAVIS_SIMULATOR=on", "VISAVIS_FCM_CREDENTIALS"},
	} {
		for _, command := range []string{"serve", "migrate", "demo", "bank add Bank"} {
			env := []string{"VISAVIS_DATA_DIR=" + dir, "VISAVIS_DATABASE_URL=" + nowhere}
			for _, enough := range []string{"VISAVIS_PUBLIC_URL=http://127.0.0.1:1", "VISAVIS_SIMULATOR=on", testKey} {
				if name, _, _ := strings.Cut(enough, "="); !strings.Contains(c.env, name) && !strings.Contains(c.env, "TWILIO") {
					env = append(env, enough)
				}
			}
			said := refused(t, command, append(env, strings.Split(c.env, "\n")...)...)
			if !strings.Contains(said, c.names) || strings.Contains(said, "hunter2") {
				t.Errorf("%s with %q says %q", command, c.env, said)
			}
		}
	}
}

// TestConfigServe: what serve cannot do without, each alone taken away or
// spoilt, on a database that is ready.
func TestConfigServe(t *testing.T) {
	t.Parallel()
	database := testdb.URL(t)
	notADir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notADir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	cert, key, _ := selfSigned(t)
	_, otherKey, _ := selfSigned(t)
	good := map[string]string{
		"VISAVIS_ADDR": freePort(t), "VISAVIS_PUBLIC_URL": "https://video.bank.example", "VISAVIS_MASTER_KEY": strings.TrimPrefix(testKey, "VISAVIS_MASTER_KEY="),
		"VISAVIS_DATABASE_URL": database, "VISAVIS_DATA_DIR": t.TempDir(), "VISAVIS_MEDIA_ADDR": "127.0.0.1:0",
		"VISAVIS_TLS_CERT": cert, "VISAVIS_TLS_KEY": key,
	}
	for _, s := range twilioSettings {
		name, value, _ := strings.Cut(s, "=")
		good[name] = value
	}
	environ := func(change map[string]string) (env []string) {
		for name, value := range good {
			if changed, ok := change[name]; ok {
				value = changed
			}
			if value != "" {
				env = append(env, name+"="+value)
			}
		}
		for name, value := range change {
			if _, ok := good[name]; !ok {
				env = append(env, name+"="+value)
			}
		}
		return env
	}
	for _, c := range []struct {
		change map[string]string
		names  string
	}{
		{map[string]string{"VISAVIS_PUBLIC_URL": ""}, "VISAVIS_PUBLIC_URL is missing"},
		{map[string]string{"VISAVIS_MASTER_KEY": ""}, "VISAVIS_MASTER_KEY is missing"},
		{map[string]string{"VISAVIS_TWILIO_ACCOUNT_SID": "", "VISAVIS_TWILIO_AUTH_TOKEN": "", "VISAVIS_TWILIO_FROM": ""}, "VISAVIS_TWILIO_ACCOUNT_SID is missing"},
		{map[string]string{"VISAVIS_TWILIO_ACCOUNT_SID": ""}, "VISAVIS_TWILIO_ACCOUNT_SID is missing"},
		{map[string]string{"VISAVIS_TWILIO_ACCOUNT_SID": "AC123"}, "VISAVIS_TWILIO_"},
		{map[string]string{"VISAVIS_PUBLIC_URL": "http://video.bank.example"}, "VISAVIS_PUBLIC_URL must be https"},
		{map[string]string{"VISAVIS_TLS_CERT": "/nowhere/cert.pem"}, "VISAVIS_TLS_CERT"},
		{map[string]string{"VISAVIS_TLS_KEY": "/nowhere/key.pem"}, "VISAVIS_TLS_KEY"},
		{map[string]string{"VISAVIS_TLS_KEY": otherKey}, "VISAVIS_TLS_KEY"},
		{map[string]string{"VISAVIS_TLS_CERT": notADir}, "VISAVIS_TLS_CERT"},
		{map[string]string{"VISAVIS_FCM_CREDENTIALS": "not a key file"}, "VISAVIS_FCM_CREDENTIALS"},
		{map[string]string{"VISAVIS_DATA_DIR": notADir}, "VISAVIS_DATA_DIR"},
		{map[string]string{"VISAVIS_ADDR": taken.Addr().String()}, "VISAVIS_ADDR"},
		{map[string]string{"VISAVIS_MEDIA_ADDR": takenUDP.LocalAddr().String()}, "VISAVIS_MEDIA_ADDR"},
	} {
		if said := refused(t, "serve", environ(c.change)...); !strings.Contains(said, c.names) || strings.Contains(said, "\n") {
			t.Errorf("with %v serve says %q", c.change, said)
		}
	}
	served(t, "https://"+good["VISAVIS_ADDR"], environ(nil)...) // and what was taken away was needed, not more
}

// served runs `visavis serve` until the test ends, and returns once it is ready.
func served(t *testing.T, base string, env ...string) *product {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var log lockedBuffer
	p := &product{T: t, base: base}
	go func() { done <- run(ctx, []string{"serve"}, env, io.Discard, &log) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve ended with %v", err)
		}
		p.checkLog(log.String())
	})
	ready := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // readiness only
	defer ready.CloseIdleConnections()
	p.within(patience, "readiness", func() bool {
		select {
		case err := <-done:
			done <- nil
			t.Fatalf("serve does not start: %v", err)
		default:
		}
		res, err := ready.Get(base + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return p
}

// TestConfigBankAdd is the way to a first bank: migrate, add, serve, accept the
// invitation, sign in, use the key. Secrets come from files.
func TestConfigBankAdd(t *testing.T) {
	t.Parallel()
	addr, dir := freePort(t), t.TempDir()
	base := "http://" + addr
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := testdb.EmptyURL(t)
	env := []string{"VISAVIS_ADDR=" + addr, "VISAVIS_PUBLIC_URL=" + base, "VISAVIS_DATA_DIR=" + filepath.Join(dir, "data"), "VISAVIS_MEDIA_ADDR=127.0.0.1:0",
		"VISAVIS_SIMULATOR=on", "VISAVIS_DATABASE_URL_FILE=" + file("database", database),
		"VISAVIS_MASTER_KEY_FILE=" + file("key", strings.TrimPrefix(testKey, "VISAVIS_MASTER_KEY="))}

	for _, command := range []string{"serve", "bank add First"} {
		if said := refused(t, command, env...); !strings.Contains(said, "visavis migrate") {
			t.Errorf("%s on an empty database says %q", command, said)
		}
	}
	var out bytes.Buffer
	command := func(args ...string) string {
		t.Helper()
		out.Reset()
		if err := run(t.Context(), args, env, &out, io.Discard); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out.String()
	}
	command("migrate")
	schemaVersion(t, database, -1)
	if said := refused(t, "serve", env...); !strings.Contains(said, "visavis migrate") {
		t.Errorf("serve on an older schema says %q", said)
	}
	schemaVersion(t, database, +2)
	if said := refused(t, "serve", env...); !strings.Contains(said, "schema version") {
		t.Errorf("serve on a newer schema says %q", said)
	}
	schemaVersion(t, database, -1)
	command("migrate") // again is fine

	printed := command("bank", "add", "Bank of Hà Nội")
	find := func(pattern string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(printed)
		if found == nil {
			t.Fatalf("%s is not in %s", pattern, printed)
		}
		return found[1]
	}
	key, email := find(`(?m)^API key +(\S+)$`), find(`(?m)^ +sign in as (\S+)$`)
	invitation := find(`(?m)^administrator (` + regexp.QuoteMeta(base) + `/console/invitation#\S+)$`)
	if said := refused(t, "bank add "+"Bank-of-Hà-Nội", env...); !strings.Contains(said, "bank") || strings.Contains(said, "SQLSTATE") {
		t.Errorf("a second bank of the same short name: %q", said)
	}

	p := served(t, base, env...)
	admin := p.browser("administrator")
	token := invitation[strings.Index(invitation, "#")+1:]
	password := object{"token": token, "password": "a long enough password"}
	admin.call("POST", "/v1/invitations/accept", password, 204)
	if status, a := admin.try("POST", "/v1/invitations/accept", password, nil); status < 400 {
		t.Errorf("an invitation is accepted twice: %s", a.raw)
	}
	admin.call("POST", "/v1/session", object{"email": email, "password": "a long enough password"}, 200)
	if bank := admin.call("GET", "/v1/bank", nil, 200); bank.get("name") != "Bank of Hà Nội" {
		t.Errorf("the bank: %s", bank.raw)
	}
	program := &client{p: p, name: "bank", http: http.DefaultClient, bearer: key}
	customer := program.call("POST", "/v1/customers", object{"name": "Lan", "phone": "+84 912 345 600", "locale": "vi"}, 201)
	program.call("POST", "/v1/identifications", object{"customer_id": customer.get("id"), "scenario": "open-account"}, 201)
	for _, open := range []string{"/healthz", "/docs", "/openapi.yaml", "/phone"} {
		if status, a := admin.try("GET", open, nil, nil); status != 200 {
			t.Errorf("%s answers %d %s", open, status, a.raw)
		}
	}
}

// schemaVersion moves the database's schema version, as another release would.
func schemaVersion(t *testing.T, url string, by int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `update public.schema_version set version = version + $1`, by); err != nil {
		t.Fatal(err)
	}
}

func TestConfigDemo(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:8080", ":8080", "[::]:8080", "192.0.2.1:8080", "bank.example:8080"} {
		if said := refused(t, "demo", "VISAVIS_ADDR="+addr, "VISAVIS_DATA_DIR="+t.TempDir()); !strings.Contains(said, "VISAVIS_ADDR") || !strings.Contains(said, "loopback") {
			t.Errorf("demo on %s says %q", addr, said)
		}
	}
	if said := refused(t, "demo", append([]string{"VISAVIS_DATA_DIR=" + t.TempDir()}, twilioSettings...)...); !strings.Contains(said, "VISAVIS_TWILIO_") {
		t.Errorf("demo with a real carrier says %q", said)
	}
	for _, args := range []string{"", "serv", "serve now", "bank add", "bank remove x", "demo --help"} {
		if said := refused(t, args, "VISAVIS_DATA_DIR="+t.TempDir()); !strings.Contains(said, "unknown command") {
			t.Errorf("visavis %s says %q", args, said)
		}
	}
}

// TestConfigHTTPS serves from certificate files: cookies are Secure then.
func TestConfigHTTPS(t *testing.T) {
	t.Parallel()
	addr, database := freePort(t), testdb.URL(t)
	cert, key, roots := selfSigned(t)
	env := []string{"VISAVIS_ADDR=" + addr, "VISAVIS_PUBLIC_URL=https://" + addr, "VISAVIS_DATA_DIR=" + t.TempDir(), "VISAVIS_MEDIA_ADDR=127.0.0.1:0",
		"VISAVIS_SIMULATOR=on", "VISAVIS_DATABASE_URL=" + database, testKey, "VISAVIS_TLS_CERT=" + cert, "VISAVIS_TLS_KEY=" + key}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"bank", "add", "Secure Bank"}, env, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	p := served(t, "https://"+addr, env...)
	jar, err := cookiejar.New(nil)
	p.ok(err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	c := &client{p: p, name: "administrator", http: &http.Client{Jar: jar, Transport: transport}}
	token := regexp.MustCompile(`invitation#(\S+)`).FindStringSubmatch(out.String())[1]
	email := regexp.MustCompile(`sign in as (\S+)`).FindStringSubmatch(out.String())[1]
	c.call("POST", "/v1/invitations/accept", object{"token": token, "password": "a long enough password"}, 204)

	body := strings.NewReader(`{"email":"` + email + `","password":"a long enough password"}`)
	req, err := http.NewRequest("POST", p.base+"/v1/session", body)
	p.ok(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Visavis-Request", "1")
	res, err := c.http.Do(req)
	p.ok(err)
	res.Body.Close()
	if len(res.Cookies()) == 0 {
		t.Fatalf("signing in answers %s without a cookie", res.Status)
	}
	for _, cookie := range res.Cookies() {
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
			t.Errorf("the cookie %s is Secure %t, HttpOnly %t, SameSite %v", cookie.Name, cookie.Secure, cookie.HttpOnly, cookie.SameSite)
		}
	}
	if hsts := res.Header.Get("Strict-Transport-Security"); hsts == "" {
		t.Error("no Strict-Transport-Security")
	}
	c.call("GET", "/v1/bank", nil, 200)
	if res, err := http.Get("http://" + addr + "/healthz"); err == nil {
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Error("plain HTTP is served on the port of HTTPS")
		}
	}
	if _, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

// selfSigned makes a certificate for 127.0.0.1 in files, and a pool that trusts
// it.
func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, roots
}
