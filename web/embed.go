// Package web holds the built browser pages: the agents' console, the
// customer's visit page and the simulated phone. The pages are written in
// TypeScript under src and built by Vite into dist, which is committed, so
// that Go alone builds the product; `npm run build` makes the same bytes again.
//
// The package serves nothing by itself. Package httpapi answers /console and
// everything below it with Page("console"), /visit/{token} with Page("visit"),
// /phone with Page("phone"), and /assets/… with Assets. The pages need no
// inline script and no remote resource, so they run under
//
//	default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N';
//	img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self';
//	connect-src 'self'; worker-src 'self'; manifest-src 'self';
//	base-uri 'none'; form-action 'self'; frame-ancestors 'none'
//
// (connect-src also names the other nodes' URLs where calls may live on them.)
// N is a fresh random value for every response: Mantine writes its theme's
// variables into style elements and stamps them with the nonce that it finds
// in the page's <meta name="csp-nonce">, which WithNonce fills in. A page is
// therefore sent with Cache-Control: no-store; the names of assets carry a
// hash of their content, so they are sent as public, max-age=31536000,
// immutable.
package web

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
)

// FS is the built site: dist/console.html, dist/visit.html, dist/phone.html,
// dist/sw.js (the service worker) and dist/assets/….
//
//go:embed all:dist
var FS embed.FS

// NoncePlaceholder stands in every page, once, where the response's
// Content-Security-Policy nonce belongs.
const NoncePlaceholder = "{{nonce}}"

// Page returns the HTML of a page: "console", "visit" or "phone". It still
// holds NoncePlaceholder; see WithNonce. Any other name is an error that
// wraps fs.ErrNotExist.
func Page(name string) ([]byte, error) {
	switch name {
	case "console", "visit", "phone":
		return FS.ReadFile("dist/" + name + ".html")
	}
	return nil, fmt.Errorf("web: page %q: %w", name, fs.ErrNotExist)
}

// WithNonce returns a copy of page with the nonce in its place. The nonce must
// be unguessable, new for every response and of base64 or hexadecimal
// characters only: it is not escaped.
func WithNonce(page []byte, nonce string) []byte {
	return bytes.Replace(page, []byte(NoncePlaceholder), []byte(nonce), 1)
}

// Worker returns the pages' service worker, which httpapi answers /sw.js with.
func Worker() ([]byte, error) { return FS.ReadFile("dist/sw.js") }

// Assets returns the files that the pages load, rooted at what the browser
// calls /assets. Their names change whenever their content does.
func Assets() fs.FS {
	assets, err := fs.Sub(FS, "dist/assets")
	if err != nil {
		panic(err) // the path is a valid constant
	}
	return assets
}
