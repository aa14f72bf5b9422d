package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres/server"
	"github.com/visavis/visavis/simulator"
)

// The test binary is the gateway itself where programEnv holds its arguments:
// main as it is, in a process that can be killed. Its standard input is a pipe
// of the test's, so that none outlives a test that dies.
const (
	programEnv  = "GATEWAY_UNDER_TEST"
	carriersEnv = "GATEWAY_CARRIERS" // host:port that stands for the carriers' own hosts
)

func TestMain(m *testing.M) {
	if args := os.Getenv(programEnv); args != "" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(3)
		}()
		if addr := os.Getenv(carriersEnv); addr != "" {
			reachCarriersAt(addr)
		}
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	os.Exit(m.Run())
}

// reachCarriersAt makes Twilio's and Google's hosts be the twin at addr: what a
// name server and a certificate would do, below the providers' code, which runs
// as in production.
func reachCarriersAt(addr string) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.DialTLSContext = func(ctx context.Context, network, host string) (net.Conn, error) {
		if host != "api.twilio.com:443" && host != "fcm.googleapis.com:443" {
			return nil, fmt.Errorf("a test must not reach %s", host)
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	http.DefaultTransport = t
}

// gateway is a gateway in a process of its own, on a PostgreSQL of its own.
type gateway struct {
	*product
	home   string // of the database cluster
	extra  []string
	cmd    *exec.Cmd
	exited chan error
	log    *lockedBuffer
	took   time.Duration // from the start of the process to readiness
	lag    atomic.Int64  // how long the carrier outside keeps its answer to an SMS
}

// newGateway makes a data folder; nothing runs yet.
func newGateway(t *testing.T) *gateway {
	t.Helper()
	dir, err := os.MkdirTemp("", "visavis-kill-")
	if err != nil {
		t.Fatal(err)
	}
	addr := freePort(t)
	g := &gateway{product: &product{T: t, base: "http://" + addr, dir: dir}, log: &lockedBuffer{}}
	g.env = []string{"VISAVIS_ADDR=" + addr, "VISAVIS_DATA_DIR=" + dir, "VISAVIS_MEDIA_ADDR=127.0.0.1:0"}
	t.Cleanup(func() {
		if g.cmd != nil {
			g.kill()
		}
		g.checkLog(g.log.String())
		if t.Failed() {
			t.Logf("what the gateway said last: %s", tail(g.log.String(), 6000))
		}
		g.within(patience, "the end of every process of the gateway", func() bool { return len(g.processes()) == 0 })
		_ = os.RemoveAll(dir)
		if g.home != "" {
			_ = os.RemoveAll(g.home)
		}
	})
	return g
}

// newServedGateway is a gateway that `visavis serve` runs with the demo's bank,
// and whose carriers are a twin in the test's process: what they got outlives
// every kill. Without receipts its callbacks are lost.
func newServedGateway(t *testing.T, receipts bool) *gateway {
	t.Helper()
	g := newGateway(t)
	g.run("demo")
	if code := g.interrupt(); code != 0 {
		t.Fatalf("the demo ended with %d: %s", code, g.log.String())
	}
	account, token := "AC"+strings.Repeat("5", 32), strings.Repeat("7", 32)
	c := simulator.Config{AccountSID: account, AuthToken: token, FCMProjectID: "kill", Numbers: []string{simulatorNumber}, StatusDelay: 50 * time.Millisecond}
	if !receipts {
		c.HTTPClient = &http.Client{Transport: noWay{}}
	}
	twin := simulator.New(c)
	carriers := httptest.NewServer(g.late(twin.Handler()))
	t.Cleanup(func() {
		twin.Close()
		carriers.Close()
	})
	g.carriers = carriers.URL
	credentials := filepath.Join(g.dir, "firebase.json")
	g.ok(os.WriteFile(credentials, twin.ServiceAccountJSON(carriers.URL), 0o600))
	g.env = append(g.env, "VISAVIS_PUBLIC_URL="+g.base, "VISAVIS_MASTER_KEY_FILE="+filepath.Join(g.dir, keyFile),
		"VISAVIS_TWILIO_ACCOUNT_SID="+account, "VISAVIS_TWILIO_AUTH_TOKEN="+token, "VISAVIS_TWILIO_FROM="+simulatorNumber,
		"VISAVIS_FCM_CREDENTIALS_FILE="+credentials)
	g.extra = []string{carriersEnv + "=" + strings.TrimPrefix(carriers.URL, "http://")}
	g.run("serve")
	g.bankClient().call("PATCH", "/v1/bank", object{"settings": object{"ring_missed_after": 600, "ring_sms_after": 300, "reconnect_grace": 600}}, 200)
	return g
}

// late is a carrier that takes its time to answer an SMS that it has accepted.
func (g *gateway) late(carrier http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lag := time.Duration(g.lag.Load())
		if lag == 0 || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/Messages.json") {
			carrier.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		carrier.ServeHTTP(answer, r)
		select {
		case <-time.After(lag):
		case <-r.Context().Done(): // the gateway is gone
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// noWay is a network on which everything is lost.
type noWay struct{}

func (noWay) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("lost on purpose")
}

// spawn starts the program in a process of its own.
func (g *gateway) spawn(args string, env []string) (*exec.Cmd, chan error) {
	g.Helper()
	self, err := os.Executable()
	g.ok(err)
	cmd := exec.Command(self)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "VISAVIS_") || strings.HasPrefix(kv, "VISAVIS_POSTGRES_BIN=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(append(cmd.Env, programEnv+"="+args), env...)
	cmd.Dir, cmd.Stderr = g.dir, g.log
	_, err = cmd.StdinPipe()
	g.ok(err)
	g.ok(cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return cmd, exited
}

// run starts the gateway and waits until it is ready.
func (g *gateway) run(args string) {
	g.Helper()
	began := time.Now()
	g.cmd, g.exited = g.spawn(args, append(append([]string(nil), g.env...), g.extra...))
	failed := make(chan error, 1)
	ended := g.exited
	g.exited = make(chan error, 1)
	go func() {
		err := <-ended
		failed <- fmt.Errorf("%w: %s", err, tail(g.log.String(), 2000))
		g.exited <- err
	}()
	g.waitReady(failed)
	g.took = time.Since(began)
	g.home = filepath.Join(g.dir, "postgres")
	if os.Geteuid() == 0 {
		homes, _ := filepath.Glob("/var/lib/visavis/" + filepath.Base(g.dir) + "-*")
		if len(homes) != 1 {
			g.Fatalf("clusters of %s: %v", g.dir, homes)
		}
		g.home = homes[0]
	}
	socket := filepath.Join(g.home, "run")
	if server.CheckSocket(socket) != nil {
		g.Fatalf("the path of %s is too long for a socket: set TMPDIR to a shorter one", socket)
	}
	g.url = server.URL(socket, "visavis")
}

// kill is kill -9.
func (g *gateway) kill() {
	g.Helper()
	_ = g.cmd.Process.Kill()
	<-g.exited
	g.cmd = nil
}

// again starts the gateway anew, and says how long that took: 5 s are promised,
// 0.4 s are usual.
func (g *gateway) again() {
	g.Helper()
	g.run("serve")
	g.Logf("started in %s", g.took.Round(time.Millisecond))
}

// killDatabaseToo ends gateway and database at once, as a power cut does.
func (g *gateway) killDatabaseToo() {
	g.Helper()
	text, err := os.ReadFile(filepath.Join(g.home, "cluster", "postmaster.pid"))
	g.ok(err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	g.ok(err)
	g.ok(g.cmd.Process.Signal(syscall.SIGSTOP)) // it must not start another
	g.ok(syscall.Kill(pid, syscall.SIGKILL))
	g.kill()
}

// interrupt is Ctrl-C; it returns the exit code.
func (g *gateway) interrupt() int {
	g.Helper()
	g.ok(g.cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-g.exited:
		g.cmd = nil
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		g.ok(err)
	case <-time.After(patience):
		g.Fatal("Ctrl-C does not end the gateway")
	}
	return 0
}

// processes returns those that run in the cluster's folder.
func (g *gateway) processes() (found []string) {
	if g.home == "" {
		return nil
	}
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, g.home) {
			found = append(found, filepath.Dir(link))
		}
	}
	return found
}

// sql asks the gateway's own database, as its owner.
func (g *gateway) sql(query string, args ...any) []map[string]any {
	g.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, g.url)
	g.ok(err)
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query, args...)
	g.ok(err)
	all, err := pgx.CollectRows(rows, pgx.RowToMap)
	g.ok(err)
	return all
}

func (g *gateway) count(query string, args ...any) int {
	g.Helper()
	for _, v := range g.sql(query, args...)[0] {
		return int(v.(int64))
	}
	return 0
}

// settled waits until no delivery is under way any more.
func (g *gateway) settled() {
	g.Helper()
	g.within(patience, "the end of every delivery", func() bool {
		return g.count(`select (select count(*) from deliveries where state in ('pending', 'sending', 'unknown')) +
			(select count(*) from messages where due_at is not null)`) == 0
	})
}

// device registers a push token of the customer.
func (g *gateway) device(s *story, token string) string {
	g.Helper()
	s.bank.call("POST", "/v1/customers/"+s.customer+"/devices", object{"provider": "fcm", "token": token, "name": "phone"}, 201)
	return token
}

// pushed counts the pushes of one type that a token got, by the message id that
// a device tells them apart by.
func (g *gateway) pushed(token, typ string) map[string]int {
	g.Helper()
	ids := map[string]int{}
	for _, push := range g.simulated("pushes", "token", token) {
		if push.get("data.type") == typ {
			ids[push.str("data.message_id")]++
		}
	}
	return ids
}

// noneTwice fails when a number got a delivery twice, or the same words: each
// message has a link or a code of its own, but for reminders, whose words are the
// same. Those are told apart by what the carrier was handed with them, the
// delivery that it reports to; who reminds counts them, too (told).
func (g *gateway) noneTwice(number string) {
	g.Helper()
	seen := map[string]bool{}
	for _, m := range g.simulated("messages", "to", number) {
		body, delivery := m.str("body"), m.str("status_callback")[strings.LastIndexByte(m.str("status_callback"), '/')+1:]
		if delivery == "" || seen[delivery] {
			g.Errorf("the delivery %q was sent twice: %s", delivery, body)
		}
		reminds := g.count(`select count(*) from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
			where d.id::text = $1 and m.template = 'reminder'`, delivery) == 1
		if seen[body] && !reminds {
			g.Errorf("sent twice: %s", body)
		}
		seen[delivery], seen[body] = true, true
	}
}

// told counts the messages about an object by template, and fails on one whose
// deliveries did not go out.
func (g *gateway) told(about string) map[string]int {
	g.Helper()
	count := map[string]int{}
	for _, m := range g.bankClient().call("GET", "/v1/messages?about_id="+about, nil, 200).list("items") {
		count[m.str("template")]++
		for _, d := range m.list("deliveries") {
			if state := d.get("state"); state != "sent" && state != "delivered" {
				g.Errorf("%s by %s is %v", m.get("template"), d.get("channel"), state)
			}
		}
	}
	return count
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
