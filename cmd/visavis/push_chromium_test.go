package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// TestServiceWorkerInChromium hands pushes to the service worker in a real
// browser, under the policy that the gateway sends, and looks at the
// notifications that it shows. (A headless Chromium has no push service to
// subscribe at: the browser's own delivery is what stands in for it.)
func TestServiceWorkerInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	chromium := newBrowser(t)
	ctx, cancel := chromedp.NewContext(chromium) // not a context of its own: those have no notifications
	t.Cleanup(cancel)
	page := &tab{p: p, name: "a page", ctx: ctx}
	origin := p.info.BaseURL
	page.do(chromedp.Navigate(p.info.PhoneURL))
	registered := make(chan serviceworker.RegistrationID, 16)
	p.ok(chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range e.Registrations {
				registered <- r.RegistrationID
			}
		}
	}))
	page.do(
		chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
			_, err := cdp.Call(ctx, tg, browser.SetPermission, browser.SetPermissionParams{
				Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: origin})
			return err
		}),
		chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
			_, err := cdp.Call(ctx, tg, serviceworker.Enable, cdp.Empty{})
			return err
		}))
	if _, err := eval[string](page, `navigator.serviceWorker.register('/sw.js', {scope: '/'}).then(() => navigator.serviceWorker.ready).then(r => r.scope)`); err != nil {
		t.Fatalf("the worker is not taken: %v", err)
	}
	var id serviceworker.RegistrationID
	select {
	case id = <-registered:
	case <-time.After(browserTimeout):
		t.Fatal("the browser tells of no registration")
	}
	push := func(data object) {
		t.Helper()
		raw, err := json.Marshal(data)
		p.ok(err)
		page.do(chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
			_, err := cdp.Call(ctx, tg, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
				Origin: origin, RegistrationID: id, Data: string(raw)})
			return err
		}))
	}
	shown := func() []string {
		titles, err := eval[[]string](page, `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => n.tag + ' ' + n.title).sort())`)
		p.ok(err)
		return titles
	}
	see := func(want ...string) {
		t.Helper()
		page.until(fmt.Sprintf("the notifications %q, not %q", want, shown()), func() bool { return slices.Equal(shown(), want) })
	}
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

	ring := object{"type": "call_ringing", "message_id": "m1", "call_id": "c1", "title": "Demo Bank", "body": "calls", "link": origin + "/visit/x", "expires_at": at(time.Hour)}
	push(object{"type": "call_ringing", "message_id": "m0", "call_id": "c0", "title": "Late", "body": "x", "expires_at": at(-time.Second)})
	push(ring)
	push(ring)
	see("c1 Demo Bank")
	push(object{"type": "queue_offered", "message_id": "e1", "path": "/console", "locale": "uk", "expires_at": at(time.Hour)})
	see("c1 Demo Bank", "visavis-offer На вас чекає клієнт")
	push(object{"type": "call_cancelled", "message_id": "m2", "call_id": "c1", "expires_at": at(time.Hour)})
	see("visavis-offer На вас чекає клієнт")

	// What was closed does not come back with a push that comes twice; the next
	// one, which does come, says that the repeated one was worked.
	_, err := eval[bool](page, `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => { all.forEach(n => n.close()); return true })`)
	p.ok(err)
	push(ring)
	push(object{"type": "reminder", "message_id": "m3", "title": "Demo Bank", "body": "Tomorrow"})
	see("m3 Demo Bank")

	res, err := http.Get(origin + "/sw.js")
	p.ok(err)
	_ = res.Body.Close()
	if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the worker's policy is %q, kept as %q", policy, res.Header.Get("Cache-Control"))
	}
}
