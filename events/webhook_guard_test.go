package events

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/visavis/visavis"
)

// special is one address of each special-purpose range, see
// https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-.
var special = []string{
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
	"192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1",
	"198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
	"2001::1", "2001:db8::1", "2002:7f00:1::1", "2620:4f:8000::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
}

func TestSpecialAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range special {
		if err := checkAddr(netip.MustParseAddr(text), 443, "https", nil); !errors.Is(err, errForbiddenAddress) {
			t.Errorf("%s: %v, want refused", text, err)
		}
	}
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "2606:4700::1111"} {
		if err := checkAddr(netip.MustParseAddr(text), 8443, "https", nil); err != nil {
			t.Errorf("%s: %v, want allowed", text, err)
		}
		if err := checkAddr(netip.MustParseAddr(text), 80, "http", nil); !errors.Is(err, errPlainHTTP) {
			t.Errorf("plain http to %s: %v, want refused", text, err)
		}
	}
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for text, want := range map[string]error{"127.0.0.1": nil, "::ffff:127.0.0.1": nil, "10.0.0.1": errForbiddenAddress, "::1": errForbiddenAddress} {
		if err := checkAddr(netip.MustParseAddr(text), 80, "http", allow); !errors.Is(err, want) {
			t.Errorf("%s with loopback allowed: %v, want %v", text, err, want)
		}
	}
}

// trap is a listener on loopback that must never hear of anyone.
func trap(t *testing.T) (port string, reached chan string) {
	t.Helper()
	reached = make(chan string, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateNew {
			reached <- c.RemoteAddr().String()
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return port, reached
}

// resolver answers every question for an address with addr.
func resolver(t *testing.T, addr string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ip := netip.MustParseAddr(addr)
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Header.Response, m.Header.RecursionAvailable, m.Additionals = true, true, nil
			head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1}
			if q.Type == dnsmessage.TypeA && ip.Is4() {
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}}}
			}
			if q.Type == dnsmessage.TypeAAAA && ip.Is6() {
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestNoSpellingReachesLoopback(t *testing.T) {
	t.Parallel()
	port, reached := trap(t)
	f := newFixture(t)
	f.Allow = nil
	try := func(url string) result {
		return f.send(t.Context(), claimed{BankID: f.bank, EventID: uuid.New()}, outgoing{url: url, body: []byte("{}"), secrets: [][]byte{{1}}})
	}
	for _, host := range []string{
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.0.0.1.", "localhost", "LOCALHOST.", "sub.localhost",
		"0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::1%25lo]", "127。0。0。1", "①②⑦.⓪.⓪.①", "user:secret@127.0.0.1", "example.com@127.0.0.1",
	} {
		for _, scheme := range []string{"http", "https"} {
			if r := try(scheme + "://" + host + ":" + port + "/"); r.err == "" || r.status != 0 {
				t.Errorf("%s://%s: status %d, error %q", scheme, host, r.status, r.err)
			}
		}
	}
	// A public name that resolves to us, as by DNS rebinding: the dial decides.
	for _, addr := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		f.clients.byBank = nil
		f.Resolver = resolver(t, addr)
		if r := try("https://receiver.example:" + port + "/"); r.err != errForbiddenAddress.Error() {
			t.Errorf("a name that is %s: %q, want %q", addr, r.err, errForbiddenAddress)
		}
	}
	if len(reached) != 0 {
		t.Fatalf("%d connections reached loopback", len(reached))
	}
	// The trap does hear of one who may.
	f.clients.byBank = nil
	f.Resolver = resolver(t, "127.0.0.1")
	allowed := outgoing{url: "http://receiver.example:" + port + "/", body: []byte("{}"), secrets: [][]byte{{1}}, allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	if r := f.send(t.Context(), claimed{BankID: f.bank, EventID: uuid.New()}, allowed); r.status != 200 {
		t.Errorf("allowed: %+v", r)
	}
	if len(reached) == 0 {
		t.Error("the trap does not work")
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	port, reached := trap(t)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	f := newFixture(t)
	f.Resolver = resolver(t, "10.0.0.1")
	r := f.send(t.Context(), claimed{BankID: f.bank, EventID: uuid.New()}, outgoing{
		url: "https://receiver.example/", secrets: [][]byte{{1}}, allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // the proxy itself could be dialled
	})
	if r.err != errForbiddenAddress.Error() || len(reached) != 0 {
		t.Errorf("%q, %d connections to the proxy", r.err, len(reached))
	}
}

func TestABanksAllowListIsItsOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Allow = nil
	url, got := receiver(t, nil)
	if _, _, err := f.CreateEndpoint(t.Context(), f.bank, NewEndpoint{URL: url}); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("loopback for a bank without allow-list: %v", err)
	}
	local := newBank(t, f.DB, `{"webhook_allow": ["127.0.0.0/8"]}`)
	if _, _, err := f.CreateEndpoint(t.Context(), local, NewEndpoint{URL: url}); err != nil {
		t.Fatal(err)
	}
	f.attempt()
	<-got // its connection stays open …
	r := f.send(t.Context(), claimed{BankID: f.bank, EventID: uuid.New()}, outgoing{url: url, body: []byte("{}"), secrets: [][]byte{{1}}})
	if r.err != errForbiddenAddress.Error() || len(got) != 0 { // … and serves no other bank
		t.Errorf("the other bank: %+v", r)
	}
}

func TestEndpointsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Allow = nil
	long := "https://receiver.example/" + strings.Repeat("x", 2048)
	for _, url := range []string{
		"", "receiver.example", "ftp://receiver.example/", "file:///etc/passwd", "http://receiver.example/", "https://", "https:///x",
		"https://user:secret@receiver.example/", "https://receiver.example/#top", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://10.1.2.3:8443/", "https:opaque", long, "https://re ceiver/", "https://receiver.example:99999/", "https://receiver.example:0/",
	} {
		if _, _, err := f.CreateEndpoint(t.Context(), f.bank, NewEndpoint{URL: url}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%.40q: %v, want invalid", url, err)
		}
	}
	for _, types := range [][]string{{"booking"}, {"a.b", "a.b"}, {"Booking.Confirmed"}} {
		if _, _, err := f.CreateEndpoint(t.Context(), f.bank, NewEndpoint{URL: "https://receiver.example/", Types: types}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("types %v: %v, want invalid", types, err)
		}
	}
	if _, _, err := f.CreateEndpoint(t.Context(), f.bank, NewEndpoint{URL: "https://receiver.example:8443/hook?x=1", Types: []string{"booking.confirmed"}}); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// The lease is shorter than the receiver's time, so it is renewed meanwhile.
func TestALeaseIsRenewedWhileTheReceiverThinks(t *testing.T) {
	t.Parallel()
	if webhookLease <= 2*renewEvery || webhookLease+time.Second > 12*time.Second {
		t.Fatalf("a lease of %v renewed every %v is not taken up within 12 s or not kept", webhookLease, renewEvery)
	}
	f := newFixture(t)
	f.endpoint("http://127.0.0.1:1/", "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	c := f.claimDue(1)[0]
	stop := f.keepLease(t.Context(), c)
	f.clock.advance(webhookLease - time.Second)
	for deadline := time.Now().Add(3 * time.Minute); ; {
		if f.leaseUntil(c).After(f.clock.now().Add(2 * time.Second)) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the lease was not renewed")
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
}
