// SPDX-License-Identifier: Apache-2.0

package admin

import (
	_ "embed"
	"net/http"
)

//go:embed page.html
var pageText []byte

// pagePolicy lets the page load nothing from anywhere, and be put in no frame.
const pagePolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	write(w, http.StatusOK, "text/html; charset=utf-8", pageText)
}
