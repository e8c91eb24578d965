// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/tlsconf/tlstest"
	"weir/internal/xmpptest"
)

// tlsSite is an authority, a server's certificate, and what is made of them.
type tlsSite struct {
	*tlstest.CA
	t      testing.TB
	server tlstest.Cert
}

func newTLSSite(t testing.TB) *tlsSite {
	ca := tlstest.NewCA(t, t.TempDir(), "ca")
	return &tlsSite{ca, t, ca.Issue("server", tlstest.Want{DNS: []string{"localhost"}})}
}

// config is a configuration with one listener: keys of it, and keys of its TLS.
func (s *tlsSite) config(keys string, tlsKeys ...string) string {
	return fmt.Sprintf("[[listen.component]]\nport = 0\nip_address = \"127.0.0.1\"\n%s\n[listen.component.tls]\ncertfile = %q\nkeyfile = %q\ncacertfile = %q\n%s\n",
		keys, s.server.CertFile, s.server.KeyFile, s.File, strings.Join(tlsKeys, "\n"))
}

const (
	withSecret   = `password = "` + secret + `"`
	verifyNone   = `verify_mode = "none"`
	byIdentity   = `identity = "certificate"`
	tlsWaitsMax  = 5 * time.Second         // of a handshake
	tlsPromptMax = 4500 * time.Millisecond // what a good client may take on a busy machine: less than if it waited for another one
)

// client is for a client that trusts s, with at most one certificate.
func (s *tlsSite) client(certs ...tlstest.Cert) *tls.Config {
	s.t.Helper()
	pem, err := os.ReadFile(s.File)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	c.RootCAs.AppendCertsFromPEM(pem)
	for _, cert := range certs {
		c.Certificates = append(c.Certificates, tls.Certificate{Certificate: [][]byte{cert.X509.Raw}, PrivateKey: cert.Key})
	}
	return c
}

// tunnel is an address where the next connection is led to addr, over TLS: the kit's peers speak plain. greeting goes first,
// before TLS. What comes back ends when the server has said so; a connection that is only cut is reset here, too.
func tunnel(t testing.TB, addr string, config *tls.Config, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		plain, err := l.Accept()
		if err != nil {
			return
		}
		defer plain.Close()
		far, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		_, _ = io.WriteString(far, greeting)
		coded := tls.Client(far, config)
		defer coded.Close()
		go func() {
			_, _ = io.Copy(coded, plain)
			_ = coded.CloseWrite()
		}()
		if _, err := io.Copy(plain, coded); err != nil {
			_ = plain.(*net.TCPConn).SetLinger(0)
		}
	}()
	return l.Addr().String()
}

func dialTLS(t testing.TB, w *xmpptest.Weir, config *tls.Config, name string) *xmpptest.Peer {
	t.Helper()
	return xmpptest.Dial(t, tunnel(t, w.Addr(), config, ""), name, secret)
}

// TestSuiteRegisterOneComponentTLS is the suite's case of that name, and components on TLS and off it with each other.
func TestSuiteRegisterOneComponentTLS(t *testing.T) {
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret, verifyNone)+listener)
	one, two := dialTLS(t, w, s.client(), "one.example"), dialTLS(t, w, s.client(), "two.example")
	plain := xmpptest.Dial(t, w.AddrOf(1), "plain.example", secret)
	for from, to := range map[*xmpptest.Peer]*xmpptest.Peer{one: two, two: plain, plain: one} {
		for _, size := range []int{180, 20_000, 300_000} {
			m := sized(t, from.Name, to.Name, size)
			from.Send(m)
			to.Expect(m)
		}
	}
	one.End()
	w.Signal(syscall.SIGTERM)
	two.ExpectStreamError("system-shutdown")
}

// TestTLSOnlyForTLS: who does not speak TLS is closed in time, and never sees a stream.
func TestTLSOnlyForTLS(t *testing.T) {
	t.Parallel()
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret, verifyNone))
	for name, in := range map[string]string{"a stream": xmpptest.Header("plain.example"), "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", w.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			began := time.Now()
			_, _ = io.WriteString(c, in)
			_ = c.SetReadDeadline(began.Add(2 * tlsWaitsMax))
			got, _ := io.ReadAll(c)
			if took := time.Since(began); len(got) > 0 || took >= 2*tlsWaitsMax {
				t.Errorf("after %v, %q was read", took, got)
			}
		})
	}
	w.WaitLog(`connection closed.*TLS`)
}

// TestTLSClientCertificates: one of each kind against the default, which asks for a good one.
func TestTLSClientCertificates(t *testing.T) {
	s := newTLSSite(t)
	stranger := tlstest.NewCA(t, t.TempDir(), "stranger")
	good, revoked := s.Issue("good", tlstest.Want{}), s.Issue("revoked", tlstest.Want{})
	w := xmpptest.StartWeir(t, s.config(withSecret, fmt.Sprintf("crl_files = [%q]", s.Revoke("list", false, revoked))))
	dialTLS(t, w, s.client(good), "good.example").Sync()
	for name, certs := range map[string][]tlstest.Cert{
		"missing": nil, "wrong": {stranger.Issue("c", tlstest.Want{})}, "expired": {s.Issue("expired", tlstest.Want{Over: true})},
		"self-signed": {s.Issue("self", tlstest.Want{SelfSigned: true})}, "revoked": {revoked},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := tls.Dial("tcp", w.Addr(), forced(s.client(certs...)))
			if err == nil {
				defer c.Close()
				_, err = c.Read(make([]byte, 1)) // TLS 1.3 tells the client afterwards
			}
			if err == nil || !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("the client is told %v", err)
			}
		})
	}
}

// forced shows the certificate whatever the server says whom it trusts.
func forced(c *tls.Config) *tls.Config {
	if len(c.Certificates) > 0 {
		one := c.Certificates[0]
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &one, nil }
	}
	return c
}

// TestTLSIdentity: a component can only be who its certificate says.
func TestTLSIdentity(t *testing.T) {
	s := newTLSSite(t)
	cert := s.Issue("bot", tlstest.Want{DNS: []string{"bot.example", "chat.example.com"}, XmppAddrs: []string{"other.example"}})
	hosts := "[general]\nhosts = [\"example.com\"]\n"
	w := xmpptest.StartWeir(t, hosts+s.config(withSecret, byIdentity)+s.config("", byIdentity))
	at := func(i int, name string, attrs ...string) *xmpptest.Peer {
		p := xmpptest.Connect(t, tunnel(t, w.AddrOf(i), s.client(cert), ""))
		p.Send(xmpptest.Header(name, attrs...))
		p.ExpectHeader(name)
		return p
	}
	t.Run("beside a password", func(t *testing.T) {
		p := at(0, "bot.example")
		p.Login(secret)
		p.End()
		p = at(0, "bot.example")
		p.SendHandshake("wrong")
		p.ExpectStreamError("not-authorized")
		p = at(0, "nobot.example")
		p.SendHandshake(secret)
		p.ExpectStreamErrorText("not-authorized", "The certificate is not for this name")
	})
	t.Run("in place of one", func(t *testing.T) {
		for _, name := range []string{"bot.example", "other.example"} {
			p := at(1, name)
			p.Login("anything")
			p.End()
		}
		p := at(1, "nobot.example")
		p.SendHandshake("anything")
		p.ExpectStreamErrorText("not-authorized", "The certificate is not for this name")
	})
	t.Run("under hosts", func(t *testing.T) {
		p := at(1, "chat", " is_subdomain='true'")
		p.Login("anything")
		p.End()
		p = at(1, "bot", " is_subdomain='true'")
		p.SendHandshake("anything")
		p.ExpectStreamErrorText("not-authorized", "The certificate is not for this name")
	})
}

// TestTLSReload: a reload shows a new certificate to who comes and drops nobody. One that does not fit changes nothing.
func TestTLSReload(t *testing.T) {
	s := newTLSSite(t)
	config := s.config(withSecret, verifyNone)
	w := xmpptest.StartWeir(t, config)
	there := dialTLS(t, w, s.client(), "there.example")
	shown := func() string {
		c, err := tls.Dial("tcp", w.Addr(), s.client())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	first := shown()
	second := s.Issue("server", tlstest.Want{DNS: []string{"localhost"}}) // in place of the first
	reload(t, w)
	if got := shown(); got != second.X509.SerialNumber.String() || got == first {
		t.Errorf("certificate %s is shown, want %s", got, second.X509.SerialNumber)
	}
	there.Sync()

	if err := os.WriteFile(s.server.CertFile, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Signal(syscall.SIGHUP)
	w.WaitLog(`holds no certificate`)
	if got := shown(); got != second.X509.SerialNumber.String() {
		t.Errorf("after a reload that failed certificate %s is shown", got)
	}
	there.Sync()
}

// TestTLSBehindABalancer: the PROXY header comes before TLS, and the time for the stream's header begins after it.
func TestTLSBehindABalancer(t *testing.T) {
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret+"\nproxy_protocol = true\nstate_timeout = 4000", verifyNone))
	p := xmpptest.Connect(t, tunnel(t, w.Addr(), s.client(), "PROXY TCP4 192.0.2.7 198.51.100.1 4711 8888\r\n"))
	p.Send(xmpptest.Header("far.example"))
	p.ExpectHeader("far.example")
	p.Login(secret)
	w.WaitLog(`component connected.*192\.0\.2\.7:4711`)
}

func TestTLSTimeForTheHeaderBeginsAfterIt(t *testing.T) {
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret+"\nstate_timeout = 2000", verifyNone))
	far, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	time.Sleep(2500 * time.Millisecond) // longer than a header may take
	c := tls.Client(far, s.client())
	if _, err := io.WriteString(c, xmpptest.Header("late.example")); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('>'); err != nil || !strings.HasPrefix(line, "<?xml") {
		t.Errorf("%q, %v", line, err)
	}
}

// TestTLSKickOld: a component that is replaced hears why, over TLS, and the newcomer has the name.
func TestTLSKickOld(t *testing.T) {
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret+"\nconflict_behaviour = \"kick_old\"", verifyNone))
	old := dialTLS(t, w, s.client(), "same.example")
	sender := dialTLS(t, w, s.client(), "sender.example")
	newcomer := dialTLS(t, w, s.client(), "same.example")
	old.ExpectStreamErrorText("conflict", replacedText)
	m := sized(t, "sender.example", "same.example", 500)
	sender.Send(m)
	newcomer.Expect(m)
}

// TestTLSOthersDoNotWait: neither those who say nothing nor those who begin a handshake and say no more keep a good client
// waiting, nor does a crowd that comes at once.
func TestTLSOthersDoNotWait(t *testing.T) {
	s := newTLSSite(t)
	w := xmpptest.StartWeir(t, s.config(withSecret, verifyNone))
	hello := firstBytes(t, s.client())
	for i := range 400 {
		c, err := net.Dial("tcp", w.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			_, _ = c.Write(hello)
		}
		if i%8 == 0 {
			go func() { _ = tls.Client(c, s.client()).Handshake() }() // broken, or after a hello already
		}
	}
	began := time.Now()
	p := dialTLS(t, w, s.client(), "good.example")
	p.Sync()
	if took := time.Since(began); took > tlsPromptMax {
		t.Errorf("a good client waited %v", took)
	}
}

// firstBytes are a whole ClientHello.
func firstBytes(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	go func() { _ = tls.Client(b, config).Handshake() }()
	hello := make([]byte, 4096)
	n, err := a.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	return hello[:n]
}

// TestTLSOpenSSL: OpenSSL's own client, with a certificate, through key updates both ways.
func TestTLSOpenSSL(t *testing.T) {
	openssl := xmpptest.NeedProgram(t, "openssl", "Debian package openssl")
	s := newTLSSite(t)
	cert := s.Issue("client", tlstest.Want{})
	w := xmpptest.StartWeir(t, s.config(withSecret))
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			// It tells of key updates on its standard error.
			p := xmpptest.StartProgram(t, "openssl", exec.Command("sh", "-c", `exec "$@" 2>&1`, "sh", openssl, "s_client", "-connect", w.Addr(), "-servername", "localhost",
				"-CAfile", s.File, "-verify_return_error", "-cert", cert.CertFile, "-key", cert.KeyFile, version))
			p.ExpectText("Verify return code: 0 (ok)")
			if version == "-tls1_3" {
				p.Do("k") // a new key of the client's
				p.ExpectText("KEYUPDATE")
				p.Do("K") // and one of weir's
				p.ExpectText("KEYUPDATE")
			}
			p.Do(xmpptest.Header("openssl.example"), "<handshake>wrong</handshake>")
			p.ExpectText("not-authorized")
		})
	}
}

// TestTLSSlixmpp: the library's own TLS, without a certificate and with one that is its identity.
func TestTLSSlixmpp(t *testing.T) {
	t.Parallel()
	s := newTLSSite(t)
	cert := s.Issue("bot", tlstest.Want{DNS: []string{libraryName}})
	for name, c := range map[string]struct {
		config string
		env    []string
	}{
		"TLS":        {s.config(withSecret, verifyNone), []string{"COMPONENT_CA=" + s.File}},
		"mutual TLS": {s.config("", byIdentity), []string{"COMPONENT_CA=" + s.File, "COMPONENT_CERT=" + cert.CertFile, "COMPONENT_KEY=" + cert.KeyFile}},
	} {
		t.Run(name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, c.config+listener)
			peer := xmpptest.Dial(t, w.AddrOf(1), peerName, secret)
			lib := libraries[0]
			lib.env = append(lib.env, c.env...)
			_, port, _ := net.SplitHostPort(w.Addr())
			program := lib.start(t, net.JoinHostPort("localhost", port), libraryName)
			program.Do("connect")
			program.Expect("online")
			libraryToPeer(t, program, peer)
			peerToLibrary(t, program, peer, lib.name)
			program.Do("close")
			program.Expect("offline")
		})
	}
}
