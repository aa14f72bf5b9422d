package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browserTimeout bounds one wait in a page.
const browserTimeout = patience

// newBrowser starts a headless Chromium with a fake camera and microphone.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("lang", "en-GB"),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(browserTimeout),
	)
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			options = append(options, chromedp.ExecPath(path))
			break
		}
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// tab is one page in a browser.
type tab struct {
	p    *product
	name string
	ctx  context.Context
}

// open opens a page in a browser context of its own (new cookies), sized like
// a phone or a desk.
func (p *product) open(browser context.Context, name, url string, phone bool) *tab {
	p.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	p.Cleanup(cancel)
	b := &tab{p: p, name: name, ctx: ctx}
	b.size(phone)
	b.do(chromedp.Navigate(url))
	return b
}

// beside opens another page with the same cookies.
func (b *tab) beside(name, url string, phone bool) *tab {
	b.p.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.p.Cleanup(cancel)
	other := &tab{p: b.p, name: name, ctx: ctx}
	other.size(phone)
	other.do(chromedp.Navigate(url))
	return other
}

func (b *tab) size(phone bool) {
	b.p.Helper()
	width, height := int64(1440), int64(900)
	var options []chromedp.EmulateViewportOption
	if phone {
		width, height = 390, 844
		options = append(options, chromedp.EmulateMobile)
	}
	b.do(chromedp.EmulateViewport(width, height, options...))
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.p.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.p.Fatalf("%s: %v", b.name, err)
	}
}

// eval evaluates JavaScript in a page, awaiting a promise.
func eval[T any](b *tab, js string) (T, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// find is JavaScript that finds a visible, enabled control by its name: what a
// person reads, or what a screen reader says.
const find = `(wanted, kinds) => {
	const clean = s => (s || '').replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/\s+/g, ' ').trim();
	const visible = e => { const r = e.getBoundingClientRect(); const s = getComputedStyle(e); return r.width > 0 && r.height > 0 && s.visibility !== 'hidden'; };
	const all = [...document.querySelectorAll(kinds)].filter(e => visible(e) && !e.disabled && e.getAttribute('aria-disabled') !== 'true' && !e.closest('[inert],[aria-hidden=true]'));
	const names = e => [clean(e.getAttribute('aria-label')), clean(e.innerText), clean(e.value)].filter(Boolean);
	return all.find(e => names(e).some(n => n === wanted)) || all.find(e => names(e).some(n => n.startsWith(wanted)));
}`

const controls = `button, a, [role=button], [role=radio], [role=tab], [role=option], [role=menuitem], [role=menuitemradio], label, summary`

// press presses the control with this name, as a person would: with the mouse,
// where it is, once it stands still. A page that moves under the mouse all the
// same is pressed again: what counts is that this control got the click.
func (b *tab) press(name string) {
	b.p.Helper()
	b.until("a control named "+name, func() bool {
		js := fmt.Sprintf(`(async () => {
			const find = %s, wanted = %q, kinds = %q;
			const e = find(wanted, kinds); if (!e) return null;
			e.scrollIntoView({block: 'center', behavior: 'instant'});
			const frame = () => new Promise(done => setTimeout(done, 32));
			const before = e.getBoundingClientRect(); await frame(); const r = e.getBoundingClientRect();
			if (before.x !== r.x || before.y !== r.y || find(wanted, kinds) !== e) return null;
			const x = r.x + r.width / 2, y = r.y + r.height / 2, hit = document.elementFromPoint(x, y);
			if (!hit || !(e.contains(hit) || hit.contains(e))) return null;
			window.__clicked = false;
			document.addEventListener('click', c => { window.__clicked = c.composedPath().some(n => n === e || n === hit || n === find(wanted, kinds)); }, {capture: true, once: true});
			return {x, y}; })()`, find, name, controls)
		at, err := eval[*struct{ X, Y float64 }](b, js)
		if err != nil || at == nil || chromedp.Do(b.ctx, chromedp.MouseClickXY(at.X, at.Y)) != nil {
			return false
		}
		hit, err := eval[*bool](b, `window.__clicked ?? null`)
		return err != nil || hit == nil || *hit // a page that went away has no word of it
	})
}

// pressLast presses the last control with this name: the one in a dialogue that
// was opened by another of the same name.
func (b *tab) pressLast(name string) {
	b.p.Helper()
	b.until("the last control named "+name, func() bool {
		ok, err := eval[bool](b, fmt.Sprintf(`(() => { const e = [...document.querySelectorAll('[role=dialog] button')].filter(e => e.innerText.trim() === %q && !e.disabled).pop(); if (!e) return false; e.click(); return true; })()`, name))
		return err == nil && ok
	})
}

// rejoin waits until a page that was loaded again is in its call, by itself or
// after the look at its devices, which it asks for where it must.
func (b *tab) rejoin() {
	b.p.Helper()
	b.until("the call or the way into it", func() bool {
		asks, err := eval[bool](b, fmt.Sprintf(`!!(%s)('Join the call', %q)`, find, controls))
		if err == nil && asks {
			b.press("Join the call")
			return true
		}
		in, err := eval[bool](b, fmt.Sprintf(`!!(%s)('Hang up', %q)`, find, controls))
		return err == nil && in
	})
}

// has reports whether the page shows this text.
func (b *tab) has(text string) bool {
	found, err := eval[bool](b, fmt.Sprintf(`document.body.innerText.replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/\s+/g, ' ').includes(%q)`, text))
	return err == nil && found
}

func (b *tab) see(text string) {
	b.p.Helper()
	b.until("the text "+text, func() bool { return b.has(text) })
}

// fill types into the field with this label.
func (b *tab) fill(label, value string) {
	b.p.Helper()
	b.until("a field labelled "+label, func() bool {
		js := fmt.Sprintf(`(() => {
			const clean = s => (s || '').replace(/[*\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
			const fields = [...document.querySelectorAll('input, textarea, select')].filter(e => e.getClientRects().length);
			const named = e => [...(e.labels || [])].map(l => clean(l.innerText)).concat(clean(e.getAttribute('aria-label')), clean(e.placeholder));
			const e = fields.find(e => named(e).includes(%q)) || fields.find(e => named(e).some(n => n.startsWith(%q)));
			if (!e) return false;
			e.focus(); if (e.select) e.select(); return true; })()`, label, label)
		ok, err := eval[bool](b, js)
		return err == nil && ok
	})
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: value})
		return err
	}))
}

// set gives a date or a choice its value, as its picker would.
func (b *tab) set(label, value string) {
	b.p.Helper()
	b.until("a field labelled "+label, func() bool {
		ok, err := eval[bool](b, fmt.Sprintf(`(() => {
			const e = [...document.querySelectorAll('input, select')].find(e => [...(e.labels || [])].some(l => l.innerText.startsWith(%q)));
			if (!e) return false;
			Object.getOwnPropertyDescriptor(Object.getPrototypeOf(e), 'value').set.call(e, %q);
			e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true}));
			return e.value === %q; })()`, label, value, value))
		return err == nil && ok
	})
}

// until waits for what the page does; when it does not, the test fails with
// what the page shows, and a picture of it.
func (b *tab) until(what string, done func() bool) {
	b.p.Helper()
	for deadline := time.Now().Add(browserTimeout); !done(); {
		if time.Now().After(deadline) {
			path := filepath.Join(os.TempDir(), "visavis-"+strings.ReplaceAll(b.name, " ", "-")+".png")
			b.picture(path)
			text, _ := eval[string](b, `document.body.innerText`)
			url, _ := chromedp.Run(b.ctx, chromedp.Location())
			b.p.Fatalf("%s: still waiting for %s at %s; see %s; the page says:\n%s", b.name, what, url, path, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (b *tab) picture(path string) {
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.p.Logf("no picture of %s: %v", b.name, err)
		return
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.p.Logf("no picture of %s: %v", b.name, err)
	}
}

// shot keeps a picture for docs/screenshots when `make screenshots` asks.
func (b *tab) shot(name string) {
	b.p.Helper()
	if dir := os.Getenv("VISAVIS_SCREENSHOTS"); dir != "" {
		b.p.ok(os.MkdirAll(dir, 0o755))
		time.Sleep(400 * time.Millisecond) // transitions
		b.picture(filepath.Join(dir, name+".png"))
	}
}

// moving waits until the largest video plays moving pictures: frames are
// decoded, and two of them, a while apart, differ.
func (b *tab) moving(what string) {
	b.p.Helper()
	b.until(what+" to move", func() bool {
		moves, err := eval[bool](b, `(async () => {
			const v = [...document.querySelectorAll('video')].filter(v => v.videoWidth > 0 && v.readyState >= 2).sort((a, b) => b.clientWidth - a.clientWidth)[0];
			if (!v) return false;
			const draw = () => { const c = document.createElement('canvas'); c.width = 64; c.height = 48; const x = c.getContext('2d'); x.drawImage(v, 0, 0, 64, 48); return x.getImageData(0, 0, 64, 48).data; };
			const frames = () => v.getVideoPlaybackQuality().totalVideoFrames;
			const before = draw(), count = frames();
			for (let n = 0; n < 20; n++) { // a busy machine decodes a frame a second
				await new Promise(r => setTimeout(r, 500));
				const after = draw(); let differs = 0;
				for (let i = 0; i < before.length; i++) if (Math.abs(before[i] - after[i]) > 8) differs++;
				if (frames() > count + 3 && differs > 20) return true;
			}
			return false; })()`)
		return err == nil && moves
	})
}

// opened waits for a page that this one opens, such as a link to another tab.
func (b *tab) opened(name string, phone bool, open func()) *tab {
	b.p.Helper()
	ids := chromedp.WaitNewTarget(b.ctx, func(i *target.Info) bool { return i.Type == "page" && strings.Contains(i.URL, "/visit/") })
	open()
	select {
	case id := <-ids:
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
		b.p.Cleanup(cancel)
		other := &tab{p: b.p, name: name, ctx: ctx}
		other.size(phone)
		return other
	case <-time.After(browserTimeout):
		b.until("a page to open", func() bool { return false })
		return nil
	}
}

// accessible runs axe-core over the page and fails on what WCAG 2.2 AA forbids.
// Scroll areas without a focusable part (FullCalendar's, in an empty week) are
// left out: browsers let the keyboard scroll them by themselves, which axe does
// not know.
func (b *tab) accessible(where string) {
	b.p.Helper()
	axe, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	if err != nil {
		b.p.Logf("axe: NOT RUN on %s (npm ci in web/ brings it)", where)
		return
	}
	// By the debugger: the page's own policy lets no foreign script in.
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
		b.p.Fatalf("axe on %s: %v", where, err)
	}
	// What fades in has other colours until it is there.
	_, err = eval[bool](b, `(async () => {
		const frame = () => new Promise(requestAnimationFrame);
		const moving = () => document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity && a.playState === 'running');
		const late = new Promise((done) => setTimeout(done, 3000));
		for (let still = 0; still < 5; still++) {
			await frame();
			if (moving().length > 0) { still = 0; if (await Promise.race([Promise.allSettled(moving().map((a) => a.finished)), late]) === undefined) break; }
		}
		return true; })()`)
	b.p.ok(err)
	// A bar that stays at the window's edge may cover a part of what scrolls by: such
	// a target is too small only when it is so after scrolling, too.
	raw, err := eval[string](b, `(async () => {
		const rules = {'scrollable-region-focusable': {enabled: false}};
		const { violations } = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], rules});
		const small = violations.find(v => v.id === 'target-size');
		if (small) {
			window.scrollBy({top: window.scrollY > 100 ? -100 : 100, behavior: 'instant'});
			const again = (await axe.run(document, {runOnly: {type: 'rule', values: ['target-size']}})).violations.flatMap(v => v.nodes.map(n => String(n.target)));
			small.nodes = small.nodes.filter(n => again.includes(String(n.target)));
		}
		return JSON.stringify(violations.filter(v => v.nodes.length).map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3)}))); })()`)
	b.p.ok(err)
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	b.p.ok(json.Unmarshal([]byte(raw), &found))
	for _, v := range found {
		b.p.Errorf("%s is not accessible: %s (%s) %q", where, v.ID, v.Help, v.Nodes)
	}
}
