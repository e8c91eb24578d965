// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

func getJSON(url string, v any) error {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return json.NewDecoder(res.Body).Decode(v)
}

// TestStatusPage: in a real browser the page shows real traffic and goes on doing so, in both colours and on a phone, and
// the console has nothing to say.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	a := administer(t, hosted)
	one, two := dial(t, a.Weir, "one.example"), dial(t, a.Weir, "two.example")
	refused := "<message from='one.example' to='nobody.example'/>"
	send := func(n int) {
		for range n {
			one.Send("<message from='one.example' to='two.example'/>")
			two.Expect("<message from='one.example' to='two.example'/>")
		}
	}
	b := browse(t, a.base+"/")
	b.wait(`document.body?.dataset.events >= 1`)
	b.wait(`document.getElementById("state").textContent === "ready"`)
	b.wait(`document.getElementById("components").innerText.includes("two.example")`)
	total := `[...document.querySelectorAll(".tile")].find(t => t.innerText.includes("delivered in all")).querySelector("b").textContent`
	if got := b.eval(total); got != "0" {
		t.Errorf("delivered before anything was sent: %s", got)
	}
	send(7)
	one.Send(refused)
	one.ReadStanza()
	b.wait(total + ` === "7"`)
	b.wait(`document.getElementById("refused").innerText.includes("remote-server-not-found")`)
	imposter := xmpptest.Connect(t, a.Addr())
	imposter.Open("imposter.example")
	imposter.SendHandshake("not the secret")
	imposter.ExpectStreamError("not-authorized")
	refusals := `document.getElementById("refusals").innerText`
	b.wait(refusals + `.includes("not-authorized")`)
	if got := b.eval(refusals); !strings.Contains(got, "imposter.example") || !strings.Contains(got, imposter.LocalAddr()) {
		t.Errorf("recent refusals: %q", got)
	}
	send(5)
	b.wait(total + ` === "12"`) // it goes on
	b.wait(`document.getElementById("line").getAttribute("d").includes("L")`)

	ground := map[string]string{}
	for _, view := range []struct {
		name          string
		width, height int
		scheme        string
	}{{"light", 1280, 1000, "light"}, {"dark", 1280, 1000, "dark"}, {"phone", 390, 1400, "light"}} {
		for i := range 40 { // so that the curve has something to show
			if i%8 == 0 {
				time.Sleep(20 * time.Millisecond)
			}
			send(1)
		}
		b.look(view.name, view.width, view.height, view.scheme)
		if got := b.eval(`document.documentElement.scrollWidth <= window.innerWidth`); got != "true" {
			t.Errorf("%s: the page is wider than the window", view.name)
		}
		ground[view.name] = b.eval(`getComputedStyle(document.body).backgroundColor`)
	}
	top := func(id string) string {
		return fmt.Sprintf("document.getElementById(%q).getBoundingClientRect().top", id)
	}
	for _, id := range []string{"limits", "loops", "refusals"} { // below the lists nobody would see them
		if got := b.eval(top(id) + " < Math.min(" + top("components") + ", " + top("upstreams") + " || Infinity)"); got != "true" {
			t.Errorf("%s stand below the components", id)
		}
	}
	if ground["light"] == ground["dark"] || ground["light"] != ground["phone"] {
		t.Errorf("colours: %v", ground)
	}
	if got := b.eval(`performance.getEntriesByType("resource").filter(r => !r.name.startsWith(location.origin) && !r.name.startsWith("data:")).length`); got != "0" {
		t.Errorf("%s resources came from elsewhere", got)
	}
	for _, fault := range b.faults {
		t.Errorf("the console: %s", fault)
	}
}

// TestStatusPageAsksForAttention: what is wrong stands at the top, and nothing does when nothing is.
func TestStatusPageAsksForAttention(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = lis.Close() // nobody is there
	a := administer(t, listener+"[[upstream]]\nname = \"away\"\naddress = \""+lis.Addr().String()+"\"\nsecret = \"sluice-gate-4K\"\ndomains = [\"*\"]\n")
	b := browse(t, a.base+"/")
	b.wait(`document.body?.dataset.events >= 1`)
	if got := b.eval(`document.getElementById("attention").hidden`); got != "true" {
		t.Errorf("with nothing wrong attention is asked for: %s", b.eval(`document.getElementById("attention").innerText`))
	}
	dial(t, a.Weir, "one.example")
	b.wait(`document.getElementById("attention").innerText.includes("server away: 0 of 1 link is up, connection refused")`)
	b.wait(`document.getElementById("servers").innerText.includes("away")`)
	b.wait(`document.title === "weir: ready"`)
	// A link that another node of a cluster holds is none of what is wrong.
	held := `{component: "one.example", upstream: "away", state: "elsewhere", held_by: "bbbbbbbbbb", refused: "conflict", parked: 0}`
	row := `document.querySelector("#upstreams tbody tr")`
	if got := b.eval(`(show({...before, links: [` + held + `]}), ` + row + `.innerText + ` + row + `.querySelectorAll(".warn, .bad").length)`); got != "one.example\taway\theld by node bbbbbbbbbb\t0\t0" {
		t.Errorf("a link of another node: %q", got)
	}
	for _, fault := range b.faults {
		t.Errorf("the console: %s", fault)
	}
}

// TestStatusPageComesBack: a page that finds too many watching says that it has no connection, and shows what there is to
// show as soon as there is room.
func TestStatusPageComesBack(t *testing.T) {
	t.Parallel()
	a := administer(t, listener)
	var others []*http.Response
	for range 16 {
		res, err := http.Get(a.base + "/events")
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, res)
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
	b := browse(t, a.base+"/")
	b.wait(`document.getElementById("state")?.textContent === "no connection"`)
	for _, res := range others {
		_ = res.Body.Close()
	}
	b.wait(`document.getElementById("state").textContent === "ready"`)
}

// TestStatusPageHasNoMarkupFromNames: a component's name cannot become part of the page.
func TestStatusPageHasNoMarkupFromNames(t *testing.T) {
	a := administer(t, listener)
	page := a.get("/")
	for _, bad := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "http://", "https://"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

// TestWatchersAreBounded: the seventeenth is refused, and there is room again when one has left.
func TestWatchersAreBounded(t *testing.T) {
	a := administer(t, listener)
	var all []*http.Response
	watch := func() int {
		t.Helper()
		res, err := http.Get(a.base + "/events")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, res)
		t.Cleanup(func() { _ = res.Body.Close() })
		return res.StatusCode
	}
	for i := range 16 {
		if got := watch(); got != http.StatusOK {
			t.Fatalf("watcher %d: %d", i, got)
		}
	}
	if got := watch(); got != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", got)
	}
	_ = all[0].Body.Close()
	waitUntil(t, "room for another", func() bool { return watch() == http.StatusOK })
	buf := make([]byte, 8)
	if _, err := all[1].Body.Read(buf); err != nil || fmt.Sprintf("%s", buf[:6]) != "data: " {
		t.Errorf("an event begins with %q, %v", buf, err)
	}
}

// TestIdleClientsMakeRoom: health checks are answered although as many connections as there may be are held idle.
func TestIdleClientsMakeRoom(t *testing.T) {
	a := administer(t, listener)
	for range 64 {
		c, err := net.Dial("tcp", strings.TrimPrefix(a.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := c.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	client := http.Client{Timeout: 30 * time.Second}
	res, err := client.Get(a.base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}
