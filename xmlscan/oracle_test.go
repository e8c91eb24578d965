// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bufio"
	"encoding/binary"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"weir/xmlscan/internal/corpus"
)

// An oracle is another XML parser, in a process of its own (testdata/oracle). Building it needs a C compiler and
// the parser's headers; without them its tests are skipped by name.
type oracle struct {
	t   testing.TB
	in  io.WriteCloser
	out *bufio.Reader
}

// oracles are the parsers we ask, with what they need.
var oracles = []struct{ name, cflags, lib, pkg string }{
	{"expat", "", "-lexpat", "libexpat1-dev"},
	{"libxml2", "-I/usr/include/libxml2", "-lxml2", "libxml2-dev"},
}

// startOracle builds and starts an oracle for the length of the test.
func startOracle(t testing.TB, name string) *oracle {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skipf("SKIPPED: the %s oracle needs a C compiler (cc)", name)
	}
	for _, o := range oracles {
		if o.name != name {
			continue
		}
		bin := filepath.Join(t.TempDir(), o.name)
		args := []string{"-O2", "-o", bin, filepath.Join("testdata", "oracle", o.name+".c")}
		if o.cflags != "" {
			args = append(args, o.cflags)
		}
		if msg, err := exec.Command(cc, append(args, o.lib)...).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: the %s oracle needs the headers of Debian's %s:\n%s", name, o.pkg, msg)
		}
		return start(t, bin)
	}
	t.Fatalf("no oracle %q", name)
	return nil
}

func start(t testing.TB, bin string) *oracle {
	cmd := exec.Command(bin)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("oracle: %v", err)
		}
	})
	return &oracle{t: t, in: in, out: bufio.NewReader(out)}
}

// read returns the oracle's record of a document and whether it accepted it.
func (o *oracle) read(doc []byte) (record string, accepted bool) {
	o.t.Helper()
	o.send(doc)
	return o.receive()
}

func (o *oracle) send(doc []byte) {
	o.t.Helper()
	if _, err := o.in.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(doc))), doc...)); err != nil {
		o.t.Fatal(err)
	}
}

func (o *oracle) receive() (record string, accepted bool) {
	o.t.Helper()
	var n [4]byte
	if _, err := io.ReadFull(o.out, n[:]); err != nil {
		o.t.Fatal(err)
	}
	b := make([]byte, binary.LittleEndian.Uint32(n[:]))
	if _, err := io.ReadFull(o.out, b); err != nil {
		o.t.Fatal(err)
	}
	return string(b[:len(b)-1]), b[len(b)-1] == '.'
}

func netstring(b []byte) string { return strconv.Itoa(len(b)) + ":" + string(b) }

func netvalue(v Value) string {
	if !v.Present() {
		return "-"
	}
	return netstring(v.Append(nil))
}

// recordOf is what an oracle's record of a stanza must be.
func recordOf(st *Stanza) string {
	r := "S" + netstring(st.NS()) + netstring(st.Local()) + netvalue(st.From()) + netvalue(st.To()) +
		netvalue(st.Type()) + netvalue(st.ID()) + netvalue(st.Lang())
	if st.Payload() != nil {
		r += "P" + netstring(st.PayloadNS()) + netstring(st.Payload())
	}
	return r
}

// judge returns the scanner's record of a document, and its error, nil when it accepted it to its end.
func judge(doc []byte, l Limits) (record string, err *Error) {
	s := New(Config{Limits: l})
	defer s.Close()
	s.Feed(doc)
	ended := false
	for {
		ev, e := s.Next()
		switch {
		case e != nil:
			return record, e.(*Error)
		case ev == StanzaEvent:
			record += recordOf(s.Stanza())
		case ev == StreamEnd:
			ended = true
		case ev == NeedMore && (!ended || s.Buffered() != 0):
			return record, &Error{Condition: "unfinished"}
		case ev == NeedMore:
			return record, nil
		}
	}
}

// stricter says whether we refuse on purpose what XML allows. docs/GOTCHAS.md has the list.
func stricter(doc []byte, e *Error) bool {
	switch e.Condition {
	case BadFormat, UnsupportedStanzaType: // text between stanzas; a stream element inside one; a second header
		return true
	case UnsupportedEncoding: // an encoding named by the declaration, or UTF-16
		return strings.Contains(string(doc), "encoding") || e.Offset == 0
	case NotWellFormed:
		return e.Detail == "malformed XML declaration"
	}
	return false
}

// agree compares the scanner with an oracle on one document, in both directions.
func (o *oracle) agree(doc []byte, l Limits) (accepted bool) {
	o.t.Helper()
	mine, err := judge(doc, l)
	theirs, accepted := o.read(doc)
	switch {
	case err == nil && !accepted:
		o.t.Fatalf("we accept what the oracle refuses: %q", doc)
	case err != nil && accepted && !stricter(doc, err):
		o.t.Fatalf("we refuse what the oracle accepts: %q: %v", doc, err)
	case err == nil && mine != theirs:
		o.t.Fatalf("we see other stanzas in %q\nwe:     %s\noracle: %s", doc, mine, theirs)
	}
	return err == nil
}

// wide are limits that no generated document meets.
var wide = Limits{StanzaBytes: -1, HeaderBytes: -1, Depth: -1, Attributes: -1, Elements: -1, NameBytes: -1, NamespaceDecls: -1, NamespaceBytes: -1}

func TestExpatAgrees(t *testing.T) {
	o := startOracle(t, "expat")
	s := newSampler(3)
	accepted, n := 0, rounds(60000)
	for range n {
		if o.agree(s.document(), wide) {
			accepted++
		}
	}
	t.Logf("%d of %d documents accepted by both", accepted, n)
	if accepted < n/20 || accepted > n*19/20 {
		t.Errorf("the sample is lopsided: %d of %d accepted", accepted, n)
	}
}

// document returns a mutated stream that at least sets out to be whole.
func (s *sampler) document() []byte {
	b := s.mutated()
	if !strings.HasSuffix(string(b), corpus.Trailer) && s.IntN(8) != 0 {
		b = append(b, corpus.Trailer...)
	}
	return b
}

// libxml2 is asked in one direction: it takes names of the fifth edition and ignores some faults that expat
// reports, so what it accepts says little.
func TestLibxml2AcceptsWhatWeAccept(t *testing.T) {
	o := startOracle(t, "libxml2")
	s := newSampler(4)
	for range rounds(30000) {
		doc := s.document()
		mine, err := judge(doc, Limits{})
		if err != nil {
			continue
		}
		if theirs, ok := o.read(doc); !ok || theirs != mine {
			t.Fatalf("accepted %v, document %q\nwe:     %s\noracle: %s", ok, doc, mine, theirs)
		}
	}
}

func TestNameTablesAreWhatExpatAndTheFifthEditionAllow(t *testing.T) {
	o := startOracle(t, "expat")
	for from := rune(0x80); from < 0x10400; from += 128 { // as many as the pipes hold at once
		for r := from; r < from+128; r++ {
			o.send([]byte("<" + string(r) + "/>"))
			o.send([]byte("<x" + string(r) + "/>"))
		}
		for r := from; r < from+128; r++ {
			for _, first := range []bool{true, false} {
				_, ok := o.receive()
				if r >= 0xD800 && r < 0xE000 {
					continue
				}
				if got := isNameRune(r, first); got != (ok && fifthEdition(r, first)) {
					t.Fatalf("%U (first %v): table %v, expat %v, fifth edition %v", r, first, got, ok, fifthEdition(r, first))
				}
			}
		}
	}
}

// fifthEdition is NameStartChar and NameChar of XML 1.0, fifth edition, §2.3, beyond ASCII.
func fifthEdition(r rune, start bool) bool {
	for _, x := range [][2]rune{{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D},
		{0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}} {
		if x[0] <= r && r <= x[1] {
			return true
		}
	}
	return !start && (r == 0xB7 || 0x300 <= r && r <= 0x36F || r == 0x203F || r == 0x2040)
}
