package events

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// errForbiddenAddress is the outcome of a delivery whose receiver resolves to a
// special address that is not allowed. The address is not told: what a name
// resolves to inside our network is not the bank's to know.
var errForbiddenAddress = errors.New("the receiver's address is not a public one")

var errPlainHTTP = errors.New("plain http is only for allowed local addresses")

// guardian refuses all of IANA's special-purpose ranges and everything outside
// the global unicast range of IPv6. Any port will do: receivers do not all
// stand on 443.
var guardian = ssrf.New(ssrf.WithAnyPort())

// checkURL refuses at once what every dial would refuse later, so that the
// person who typed it hears about it. It is a courtesy: the wall is at the dial.
func checkURL(raw string, allow []netip.Prefix) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > 2048 || u.Opaque != "":
		return visavis.InvalidField("url", "it is not a URL of at most 2048 characters")
	case u.Scheme != "https" && u.Scheme != "http":
		return visavis.InvalidField("url", "it must begin with https://")
	case u.Scheme == "http" && len(allow) == 0:
		return visavis.InvalidField("url", "it must begin with https://")
	case u.Hostname() == "":
		return visavis.InvalidField("url", "it names no host")
	case u.Port() != "" && !isPort(u.Port()):
		return visavis.InvalidField("url", "its port is none")
	case u.User != nil:
		return visavis.InvalidField("url", "it must not hold credentials; deliveries are signed")
	case u.Fragment != "":
		return visavis.InvalidField("url", "it must not have a fragment")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := checkAddr(addr, 443, u.Scheme, allow); err != nil {
			return visavis.InvalidField("url", "%v", err)
		}
	} else if host := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")); (host == "localhost" || strings.HasSuffix(host, ".localhost")) && len(allow) == 0 {
		return visavis.InvalidField("url", "%v", errForbiddenAddress)
	}
	return nil
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

// checkAddr is the wall: it decides about the very address that is dialled,
// after name resolution.
func checkAddr(addr netip.Addr, port uint16, scheme string, allow []netip.Prefix) error {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range allow {
		if prefix.Contains(addr) {
			return nil
		}
	}
	network := "tcp6"
	if addr.Is4() {
		network = "tcp4"
	}
	if err := guardian.Safe(network, netip.AddrPortFrom(addr, port).String(), nil); err != nil {
		return errForbiddenAddress
	}
	if scheme != "https" {
		return errPlainHTTP
	}
	return nil
}

// clients holds one HTTP client a bank: connections are kept open, and one that
// a bank's allow-list opened must not serve another bank.
type clients struct {
	mu     sync.Mutex
	byBank map[uuid.UUID]*guardedClient
}

type guardedClient struct {
	allow string // what it was made for
	http  *http.Client
}

// client returns the bank's client. It dials allowed or public addresses only,
// follows no redirect, and takes no proxy from the environment.
func (s *Service) client(bankID uuid.UUID, allow []netip.Prefix) *http.Client {
	key := fmt.Sprint(allow)
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	if c := s.clients.byBank[bankID]; c != nil {
		if c.allow == key {
			return c.http
		}
		c.http.CloseIdleConnections()
	}
	c := &guardedClient{allow: key, http: guarded(allow, s.Resolver)}
	if s.clients.byBank == nil {
		s.clients.byBank = map[uuid.UUID]*guardedClient{}
	}
	s.clients.byBank[bankID] = c
	return c.http
}

// guarded returns a client that dials allowed or public addresses only, follows
// no redirect, and takes no proxy from the environment.
func guarded(allow []netip.Prefix, resolver *net.Resolver) *http.Client {
	dial := func(scheme string) *net.Dialer {
		return &net.Dialer{
			Timeout:  10 * time.Second,
			Resolver: resolver,
			Control: func(network, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil || !strings.HasPrefix(network, "tcp") {
					return errForbiddenAddress
				}
				return checkAddr(to.Addr(), to.Port(), scheme, allow)
			},
		}
	}
	// http.Transport dials with DialContext for both schemes; the scheme is
	// told by the context.
	plain, secure := dial("http"), dial("https")
	transport := &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if ctx.Value(schemeKey{}) == "https" {
				return secure.DialContext(ctx, network, address)
			}
			return plain.DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    endpointSends,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
	return &http.Client{
		Transport: transport,
		// 3xx is an answer like any other, and not a success.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// schemeKey carries the URL's scheme to the dial.
type schemeKey struct{}
