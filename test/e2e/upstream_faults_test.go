// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const (
	floodCount = 3000
	floodRate  = 1000 // messages a second
)

var floodID = regexp.MustCompile(`<message [^>]*?id=['"](\d+)['"]`)

// floodIDs are the numbers of the flood's messages in what a component received, in order; the last stanza may be cut.
func floodIDs(t *testing.T, received string) (ids []int) {
	t.Helper()
	for _, m := range floodID.FindAllStringSubmatch(received, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n)
	}
	return ids
}

// errorIDs are the numbers that a user was told of in vain.
func errorIDs(p *xmpptest.Program) (ids []int) {
	for line := range strings.Lines(p.Output()) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) == 4 && fields[0] == "error" {
			if n, err := strconv.Atoi(fields[2]); err == nil {
				ids = append(ids, n)
			}
		}
	}
	return ids
}

// tally counts how often each number of the flood has come to an end, and checks that none did so twice and that what came
// to the component came in order.
func tally(t *testing.T, delivered, answered []int) (missing []int) {
	t.Helper()
	ends := make([]int, floodCount+1)
	for i, n := range delivered {
		ends[n]++
		if i > 0 && delivered[i-1] >= n {
			t.Errorf("message %d came after %d", n, delivered[i-1])
		}
	}
	for _, n := range answered {
		ends[n]++
	}
	for n, times := range ends[1:] {
		switch {
		case times > 1:
			t.Errorf("message %d came to %d ends", n+1, times)
		case times == 0:
			missing = append(missing, n+1)
		}
	}
	t.Logf("%d delivered, %d answered, %d in a killed one's socket buffers", len(delivered), len(answered), len(missing))
	return missing
}

// TestUpstreamComponentRestarts: a component is killed under load and comes back. The server does not notice; the user gets
// an answer for, or the component gets, everything but what the dead one had in its socket.
func TestUpstreamComponentRestarts(t *testing.T) {
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", ""))
		first := dial(t, w, botName)
		w.WaitLog("upstream link is up")
		alice := user(t, server, "alice")
		before := first.Collect()
		alice.Do("flood", botAddr, strconv.Itoa(floodCount), strconv.Itoa(floodRate))
		time.Sleep(time.Second) // a third of the flood; any moment will do
		first.Reset()
		early, _ := before()
		time.Sleep(300 * time.Millisecond) // it starts again
		second := xmpptest.DialWhenFree(t, w.Addr(), botName, secret)
		after := second.Collect()
		alice.Expect("flooded", strconv.Itoa(floodCount))
		time.Sleep(time.Second) // the rest is on its way
		second.HalfClose()
		late, _ := after()

		missing := tally(t, append(floodIDs(t, early), floodIDs(t, late)...), errorIDs(alice))
		if len(missing) > 400 { // 128 KiB and the kernel's own buffers hold about as many of these
			t.Errorf("%d messages are missing: %v", len(missing), missing)
		}
		if n := strings.Count(w.Log(), "upstream link is up"); n != 1 {
			t.Errorf("the server saw the component come %d times", n)
		}
	})
}

// TestUpstreamServerRestarts: the server is killed, or told to leave, under load and comes back. The component's stream stays,
// what it sends meanwhile waits, and all of it comes to one end.
func TestUpstreamServerRestarts(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		t.Run("killed", func(t *testing.T) { restartUnderLoad(t, kind, (*xmpptest.Server).Kill) })
		t.Run("told to leave", func(t *testing.T) { restartUnderLoad(t, kind, (*xmpptest.Server).Leave) })
	})
}

func restartUnderLoad(t *testing.T, kind string, end func(*xmpptest.Server)) {
	server := front(t, kind, botName)
	w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", "park_time = \"40s\""))
	bot := dial(t, w, botName)
	w.WaitLog("upstream link is up")
	alice := user(t, server, "alice")
	answers := bot.Collect()

	sendNumbers(bot, 1, 500)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		end(server)
	}()
	sendNumbers(bot, 501, 1000) // while it ends, and then while it is away
	<-ended
	server.Start()
	w.WaitLog("upstream is back")
	again := user(t, server, "alice")
	sendNumbers(bot, 1001, 1500)
	again.Expect("message", botAddr, "n1500")
	bot.Send("<iq type='get' id='still-there' from='" + botName + "' to='" + botName + "'/>")
	time.Sleep(time.Second)
	bot.HalfClose()
	received, _ := answers()
	if !strings.Contains(received, "still-there") {
		t.Error("the component's own stream did not last")
	}
	tallyNumbers(t, 1500, received, alice, again)
	for n := 1001; n <= 1500; n++ {
		if !strings.Contains(again.Output(), "\tn"+strconv.Itoa(n)+"\n") {
			t.Fatalf("message %d is missing after the restart", n)
		}
	}
}

// sendNumbers has the bot send numbered messages to alice, some thousand a second.
func sendNumbers(bot *xmpptest.Peer, from, to int) {
	for n := from; n <= to; n++ {
		number := strconv.Itoa(n)
		bot.Send("<message from='" + botAddr + "' to='" + aliceAddr + "' id='" + number + "' type='chat'><body>n" + number + "</body></message>")
		if n%10 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// tallyNumbers checks that each numbered message has come to one end: to one of alice's clients, in order, or back to the bot as
// an error; but for what was in a dead server's hands.
func tallyNumbers(t *testing.T, count int, back string, clients ...*xmpptest.Program) {
	t.Helper()
	ends := map[string]int{}
	for _, m := range errorID.FindAllString(back, -1) {
		ends[errorNumber.FindStringSubmatch(m)[1]]++
	}
	for _, c := range clients {
		last := 0
		for _, m := range numberedBody.FindAllStringSubmatch(c.Output(), -1) {
			ends[m[1]]++
			n, err := strconv.Atoi(m[1])
			if err != nil || n <= last {
				t.Errorf("message %s came after %d (%v)", m[1], last, err)
			}
			last = n
		}
	}
	missing := 0
	for n := 1; n <= count; n++ {
		switch times := ends[strconv.Itoa(n)]; times {
		case 0:
			missing++
		case 1:
		default:
			t.Errorf("message %d came to %d ends", n, times)
		}
	}
	t.Logf("%d of %d were in the dead server's hands", missing, count)
	if missing > 600 { // of 140 bytes: less than a socket's buffers hold, and a server that leaves reads from them no more
		t.Errorf("%d stanzas are missing", missing)
	}
}

var (
	errorID      = regexp.MustCompile(`<message [^>]*type=['"]error['"][^>]*>`)
	numberedBody = regexp.MustCompile(`(?m)^message\t[^\t]*\tn(\d+)$`)
	errorNumber  = regexp.MustCompile(` id=['"](\d+)['"]`)
)

// TestUpstreamServerFallsSilent: a server that answers nothing but keeps its connections is found in seconds.
func TestUpstreamServerFallsSilent(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, frontDomain,
			"ping_interval = \"1s\"\nping_timeout = \"4s\"\nhandshake_timeout = \"1s\"\npark_time = \"1s\""))
		bot := dial(t, w, botName)
		w.WaitLog("upstream link is up")
		time.Sleep(6 * time.Second) // pings are answered: it is quiet, and not silent
		if strings.Contains(w.Log(), "silent") {
			t.Fatal("a server that answers pings was taken for dead")
		}
		server.Freeze()
		w.WaitLog("upstream has fallen silent")
		bot.Send("<message from='" + botAddr + "' to='alice@" + frontDomain + "' id='lost-1'/>")
		bot.Expect(xmpptest.StanzaError("message", "alice@"+frontDomain, botAddr, "lost-1", "wait", "remote-server-timeout"))
		server.Thaw()
		w.WaitLog("(?s)fallen silent.*upstream link is up")
		bot.Sync()
	})
}

// TestUpstreamRefusals: what a server refuses is told with its remedy, and the component is answered.
func TestUpstreamRefusals(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		t.Run("wrong secret", func(t *testing.T) {
			config := strings.Replace(upstream("behind", server.Components, "*", "kind = \""+kind+"\""), upstreamPass, "wrong-"+upstreamPass, 1)
			w := xmpptest.StartWeir(t, listener+config)
			expectRefused(t, w, botName, `"condition":"not-authorized".*upstream.secret must be`)
		})
		t.Run("unknown name", func(t *testing.T) {
			w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", "kind = \""+kind+"\""))
			expectRefused(t, w, "other.front.example", `"upstream refuses a component.*"remedy"`)
		})
	})
}

func expectRefused(t *testing.T, w *xmpptest.Weir, name, log string) {
	t.Helper()
	bot := dial(t, w, name)
	w.WaitLog(log)
	bot.Send("<iq type='get' from='" + name + "' to='" + frontDomain + "' id='r'/>")
	bot.Expect(xmpptest.StanzaError("iq", frontDomain, name, "r", "wait", "remote-server-timeout"))
	bot.Sync()
}

// TestUpstreamNameTaken: the component is connected to the server directly as well, or its name is one of the server's own
// domains.
func TestUpstreamNameTaken(t *testing.T) {
	t.Parallel()
	t.Run("prosody", func(t *testing.T) {
		server := front(t, "prosody", botName)
		direct := xmpptest.DialLoosely(t, server.Components, botName, upstreamPass)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", "kind = \"prosody\"\nretry_max = \"500ms\""))
		bot := dial(t, w, botName)
		w.WaitLog(`"condition":"conflict".*component_conflict_resolve`)
		bot.Sync()
		direct.Close()
		w.WaitLog("upstream link is up")
	})
	t.Run("ejabberd", func(t *testing.T) {
		server := front(t, "ejabberd", botName, frontDomain)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", "kind = \"ejabberd\""))
		expectTaken(t, w, frontDomain)
		bot := dial(t, w, botName) // the other name does not suffer
		w.WaitLog("upstream link is up[^\n]*" + botName)
		bot.Sync()
	})
}

func expectTaken(t *testing.T, w *xmpptest.Weir, name string) {
	t.Helper()
	own := dial(t, w, name)
	w.WaitLog(`"condition":"conflict".*domain of the server's own`)
	own.Sync()
}

// TestUpstreamTwoServers: a domain each, by the longest that fits; and one server that stands by for the other.
func TestUpstreamTwoServers(t *testing.T) {
	t.Parallel()
	other := xmpptest.ServerConfig{Domain: "other.example", Users: []string{"carol"}, Secret: upstreamPass, Names: []string{botName}}
	one, two := front(t, "prosody", botName), xmpptest.StartServer(t, "ejabberd", other)
	w := xmpptest.StartWeir(t, listener+upstream("one", one.Components, frontDomain, "")+upstream("two", two.Components, "other.example", ""))
	bot := libraries[0].start(t, w.Addr(), botName)
	bot.Do("connect")
	bot.Expect("online")
	w.WaitLog(`upstream link is up.*"upstream":"one"`)
	w.WaitLog(`upstream link is up.*"upstream":"two"`)
	alice, carol := user(t, one, "alice"), user(t, two, "carol")
	for _, at := range []struct {
		who  *xmpptest.Program
		addr string
	}{{alice, aliceAddr}, {carol, "carol@other.example/here"}} {
		at.who.Do("message", botAddr, "hello")
		bot.Expect("message", at.addr, "hello")
		bot.Do("message", at.addr, "back")
		at.who.Expect("message", botAddr, "back")
	}
	one.Kill()
	carol.Do("message", botAddr, "still here")
	bot.Expect("message", "carol@other.example/here", "still here")
}

func TestUpstreamStandby(t *testing.T) {
	first, second := front(t, "prosody", botName), front(t, "prosody", botName)
	w := xmpptest.StartWeir(t, listener+upstream("first", first.Components, "*", "return_after = \"500ms\"")+
		upstream("second", second.Components, "*", "return_after = \"500ms\""))
	bot := dial(t, w, botName)
	w.WaitLog(`upstream link is up.*"upstream":"first"`)
	w.WaitLog(`upstream link is up.*"upstream":"second"`)
	atFirst, atSecond := user(t, first, "alice"), user(t, second, "alice")
	say := func(text string) {
		bot.Send("<message from='" + botAddr + "' to='" + aliceAddr + "' type='chat'><body>" + text + "</body></message>")
	}
	time.Sleep(time.Second) // whichever came up first, the first is taken now
	say("one")
	atFirst.Expect("message", botAddr, "one")
	first.Kill()
	w.WaitLog("upstream cannot be reached")
	say("two")
	atSecond.Expect("message", botAddr, "two")
	first.Start()
	w.WaitLog("(?s)cannot be reached.*changes to a better upstream")
	back := user(t, first, "alice")
	say("three")
	back.Expect("message", botAddr, "three")
	bot.Sync()
}

// TestUpstreamStandbyUnderLoad: a standby takes over in the middle of traffic. What was not sent to the first goes to the second,
// in order and once; what had been is in the dead one's socket, or has come to its user.
func TestUpstreamStandbyUnderLoad(t *testing.T) {
	const count = 1500
	eachServer(t, func(t *testing.T, kind string) {
		first, second := front(t, kind, botName), front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+upstream("first", first.Components, "*", "")+upstream("second", second.Components, "*", ""))
		bot := dial(t, w, botName)
		w.WaitLog(`upstream link is up.*"upstream":"first"`)
		w.WaitLog(`upstream link is up.*"upstream":"second"`)
		atFirst, atSecond := user(t, first, "alice"), user(t, second, "alice")
		answers := bot.Collect()
		sendNumbers(bot, 1, 700)
		go first.Kill()
		sendNumbers(bot, 701, count)
		atSecond.Expect("message", botAddr, "n"+strconv.Itoa(count))
		bot.HalfClose()
		received, _ := answers()
		tallyNumbers(t, count, received, atFirst, atSecond)
	})
}

// TestUpstreamLeaves: a component that does not come back is missed by the server after a while, and weir's own goodbye is
// one to the server too.
func TestUpstreamLeaves(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+"while_away = \"remote-server-timeout\"\n"+
			upstream("behind", server.Components, "*", "linger = \"2s\"\npark_time = \"500ms\""))
		bot := dial(t, w, botName)
		w.WaitLog("upstream link is up")
		alice := user(t, server, "alice")
		bot.End()
		w.WaitLog("component left")
		alice.Do("iq", botName, "away-1")
		alice.Expect("error", botName, "away-1", "remote-server-timeout")
		time.Sleep(3 * time.Second) // the links are given up
		alice.Do("iq", botName, "away-2")
		alice.ExpectText("error\t" + botName + "\taway-2\t") // the server's own words
		bot = dial(t, w, botName)
		w.WaitLog("(?s)link is up.*link is up")
		alice.Do("iq", botName, "back-1")
		bot.ExpectMatch("<iq [^>]*back-1.*</iq>")
		w.Signal(syscall.SIGTERM)
		if status := w.Wait(); status != 0 {
			t.Errorf("weir ended with %d", status)
		}
	})
}
