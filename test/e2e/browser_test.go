// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"weir/internal/xmpptest"
)

// browser is a page in a headless Chromium, driven by its debugging protocol.
type browser struct {
	t      *testing.T
	conn   *websocket.Conn
	last   int
	faults []string // what the console was told of errors, and what the page failed to load
}

// browserTimeout is for Chromium on a busy machine.
const browserTimeout = 60 * time.Second

// browse opens a page of the given size.
func browse(t *testing.T, url string) *browser {
	t.Helper()
	chromium := xmpptest.NeedProgram(t, "chromium", "Debian package chromium")
	dir := t.TempDir()
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
		"--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*", "--user-data-dir="+dir, "about:blank")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children, too: the group is ours
		_ = cmd.Wait()
	})
	var port string
	waitUntil(t, "Chromium to listen", func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "DevToolsActivePort"))
		port, _, _ = strings.Cut(string(b), "\n")
		return err == nil && port != ""
	})
	target := pageTarget(t, "http://127.0.0.1:"+port+"/json/list")
	conn, err := websocket.Dial(target, "", "http://127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	b := &browser{t: t, conn: conn}
	b.call("Runtime.enable", nil)
	b.call("Log.enable", nil)
	b.call("Page.enable", nil)
	b.call("Page.navigate", map[string]any{"url": url})
	return b
}

// pageTarget is where the debugging protocol of the first page is spoken.
func pageTarget(t *testing.T, list string) string {
	t.Helper()
	var target string
	waitUntil(t, "a page", func() bool {
		var all []struct {
			Type string
			URL  string `json:"webSocketDebuggerUrl"`
		}
		if getJSON(list, &all) != nil {
			return false
		}
		for _, p := range all {
			if p.Type == "page" {
				target = p.URL
			}
		}
		return target != ""
	})
	return target
}

func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(browserTimeout); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// message is one of the debugging protocol.
type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params any             `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// call has Chromium do something, and notes what the page complains about
// meanwhile.
func (b *browser) call(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.last++
	if err := b.conn.SetDeadline(time.Now().Add(browserTimeout)); err != nil {
		b.t.Fatal(err)
	}
	if err := websocket.JSON.Send(b.conn, message{ID: b.last, Method: method, Params: params}); err != nil {
		b.t.Fatal(err)
	}
	for {
		var text string
		if err := websocket.Message.Receive(b.conn, &text); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var m message
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			b.t.Fatal(err)
		}
		switch {
		case m.ID == b.last && m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error)
		case m.ID == b.last:
			return m.Result
		case m.Method == "Runtime.exceptionThrown", m.Method == "Log.entryAdded",
			m.Method == "Runtime.consoleAPICalled":
			b.faults = append(b.faults, text)
		}
	}
}

// eval is the value of an expression in the page, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	raw := b.call("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")", "returnByValue": true})
	if err := json.Unmarshal(raw, &r); err != nil || r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s %v", expression, raw, err)
	}
	s, _ := r.Result.Value.(string)
	return s
}

// wait waits for an expression to become true.
func (b *browser) wait(expression string) {
	b.t.Helper()
	for end := time.Now().Add(browserTimeout); b.eval(expression) != "true"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never true: %s; the page:\n%s", expression, b.eval("document.body.innerText"))
		}
	}
}

// look sets the size and the colours, and takes a picture. With SCREENSHOTS
// naming a folder it is kept there for people.
func (b *browser) look(name string, width, height int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	var shot struct{ Data string }
	if err := json.Unmarshal(b.call("Page.captureScreenshot", nil), &shot); err != nil {
		b.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil || len(png) < 5000 {
		b.t.Fatalf("a picture of %d bytes: %v", len(png), err)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}
