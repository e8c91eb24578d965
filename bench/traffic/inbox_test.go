// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wires gives two flows to connection 1 and one to connection 2, of the built-in
// mix, and the inbox of connection 1.
func wires(t testing.TB) ([]*Flow, *Inbox) {
	t.Helper()
	shapes, err := BuiltinMix()
	if err != nil {
		t.Fatal(err)
	}
	script, err := NewScript(shapes, 42)
	if err != nil {
		t.Fatal(err)
	}
	flows := []*Flow{
		script.NewFlow(Flow{ID: 0, Source: 0, Target: 1, From: "s@c0.example/w", To: "r@c1.example/w"}),
		script.NewFlow(Flow{ID: 1, Source: 2, Target: 1, From: "s@c2.example/w", To: "r@c1.example/w"}),
		script.NewFlow(Flow{ID: 2, Source: 1, Target: 2, From: "s@c1.example/w", To: "r@c2.example/w"}),
	}
	return flows, &Inbox{Conn: 1, Flows: flows, Verdict: &Verdict{}}
}

// outcome is all that an inbox found.
type outcome struct {
	Verdict             Verdict
	Sent, Got, Answered [3]uint64
	Doubled, Reordered  [3]uint64
	Ended               string
}

// feed gives b to an inbox in chunks, as a connection does.
func feed(in *Inbox, b []byte, chunk func() int) (o outcome) {
	var held []byte
	for len(b) > 0 {
		n := min(max(1, chunk()), len(b))
		held = append(held, b[:n]...)
		b = b[n:]
		used, err := in.Take(held)
		held = held[used:]
		if err != nil {
			o.Ended = err.Error()
			break
		}
	}
	o.Verdict = *in.Verdict
	for i, f := range in.Flows {
		o.Sent[i], o.Got[i], o.Answered[i] = f.Sent(), f.Delivered(), f.Answered()
		o.Doubled[i], o.Reordered[i] = f.Doubled(), f.Reordered()
	}
	return o
}

// mischief writes stanzas of all flows with every fault among them.
func mischief(flows []*Flow) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	var all [][]byte
	for range 300 {
		all = append(all, flows[r.IntN(2)].Append(nil))
	}
	toMe := flows[2].Append(nil)
	all[20] = nil                                                                       // lost
	all[30], all[31] = all[31], all[30]                                                 // perhaps reordered
	all[40] = append(all[40], all[40]...)                                               // doubled
	all[50] = bytes.Replace(all[50], []byte("s@c"), []byte("s@d"), 1)                   // altered
	all[60] = bytes.Replace(all[60], []byte(" id='"), []byte(" xml:lang='en' id='"), 1) // not altered, or twice the same attribute
	all[70] = append(all[70], " \n <message/>"...)                                      // unknown
	all[80] = append(all[80], errorFor(toMe)...)                                        // answered
	all[90] = append(all[90], toMe...)                                                  // misrouted
	all[100] = append(all[100], "\n\n"...)                                              // keepalive
	return append(bytes.Join(all, nil), "</stream:stream>"...)
}

func errorFor(raw []byte) string {
	return "<message type='error' id='" + attribute(raw, "id") + "'><error/></message>"
}

func TestInboxGivesTheSameForEveryCut(t *testing.T) {
	flows, in := wires(t)
	want := feed(in, mischief(flows), func() int { return 1 << 20 })
	if v := want.Verdict; v.Altered == 0 || v.Unknown != 1 || v.Misrouted != 1 || want.Answered[2] != 1 || want.Ended == "" {
		t.Fatalf("whole: %+v", want)
	}
	r := rand.New(rand.NewPCG(7, 8))
	for name, chunk := range map[string]func() int{
		"byte by byte": func() int { return 1 },
		"to 50":        func() int { return r.IntN(50) },
		"to 5000":      func() int { return r.IntN(5000) },
	} {
		flows, in := wires(t)
		got := feed(in, mischief(flows), chunk)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestInboxNotWellFormed(t *testing.T) {
	for _, bad := range []string{"x<message/>", "<message <a/>", "<message><a></b></message>"} {
		flows, in := wires(t)
		b := append(flows[0].Append(nil), bad...)
		got := feed(in, b, func() int { return len(b) })
		if got.Ended == "" && got.Verdict.Altered == 0 {
			t.Errorf("%s: not found: %+v", bad, got)
		}
	}
}

func TestInboxStreamError(t *testing.T) {
	_, in := wires(t)
	_, err := in.Take([]byte("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text>no</text></stream:error>"))
	if err == nil || !strings.HasSuffix(err.Error(), ": conflict") {
		t.Errorf("%v", err)
	}
}

// The way from sender to verdict allocates nothing once buffers have their size.
func TestInboxAllocatesNothing(t *testing.T) {
	flows, in := wires(t)
	var b []byte
	step := func() {
		b = b[:0]
		for range orderLen {
			b = flows[0].Append(b)
		}
		if used, err := in.Take(b); used != len(b) || err != nil {
			t.Fatalf("took %d of %d: %v", used, len(b), err)
		}
	}
	step()
	if n := testing.AllocsPerRun(10, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if in.Verdict.Parsed != 0 {
		t.Errorf("%d stanzas were parsed", in.Verdict.Parsed)
	}
}

func BenchmarkSendAndCheck(b *testing.B) {
	shape, err := Messages(180, "s@c0.example/w", "r@c1.example/w")
	if err != nil {
		b.Fatal(err)
	}
	script, err := NewScript([]Shape{shape}, 1)
	if err != nil {
		b.Fatal(err)
	}
	flow := script.NewFlow(Flow{Target: 1, From: "s@c0.example/w", To: "r@c1.example/w"})
	in := &Inbox{Conn: 1, Flows: []*Flow{flow}, Verdict: &Verdict{}}
	buf := make([]byte, 0, 1<<20)
	b.SetBytes(180)
	b.ReportAllocs()
	for i := 0; i < b.N; i += 64 {
		buf = buf[:0]
		for range 64 {
			buf = flow.Append(buf)
		}
		if used, _ := in.Take(buf); used != len(buf) {
			b.Fatal("not all was taken")
		}
	}
}
