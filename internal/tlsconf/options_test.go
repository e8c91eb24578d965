// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/youmark/pkcs8"

	"weir/internal/tlsconf/tlstest"
)

// What is wrong is told with the option it stands in; everything of one set of
// options at once.
func TestFaults(t *testing.T) {
	s := newSet(t)
	other := s.Issue("other", tlstest.Want{})
	empty := filepath.Join(s.dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	only12 := func(o *Options) { o.Versions = []string{"tlsv1.2"} }
	rows := []struct {
		name, key, text string
		set             func(*Options)
	}{
		{"no certificate", KeyCertFile, "holds no certificate", func(o *Options) { o.Pairs[0].CertFile = empty }},
		{"no file", KeyCertFile, "no such file", func(o *Options) { o.Pairs[0].CertFile += ".no" }},
		{"no key", KeyKeyFile, "holds no private key", func(o *Options) { o.Pairs[0].KeyFile = empty }},
		{"another's key", KeyKeyFile, "does not match", func(o *Options) { o.Pairs[0].KeyFile = other.KeyFile }},
		{"no authority", KeyCACertFile, "holds no certificate", func(o *Options) { o.CACertFile = empty }},
		{"no list", KeyCRLFiles, "holds no revocation list", func(o *Options) { o.CRLFiles = []string{empty} }},
		{"a list that is none", KeyCRLFiles, "no revocation list", func(o *Options) { o.CRLFiles = []string{s.File} }},
		{"a cipher that is none", KeyCiphers, `"ECDHE", which Go's TLS does not have`, func(o *Options) { o.Ciphers = "ECDHE" }},
		{"a rule", KeyCiphers, "a rule of OpenSSL's", func(o *Options) { o.Ciphers = "!aNULL" }},
		{"finite fields", KeyCiphers, "no finite-field", func(o *Options) { o.Ciphers = "DHE-RSA-AES128-GCM-SHA256" }},
		{"pre-shared keys", KeyCiphers, "no pre-shared", func(o *Options) { o.Ciphers = "PSK-AES128-GCM-SHA256" }},
		{"unsafe", KeyCiphers, "not safe", func(o *Options) { o.Ciphers = "TLS_RSA_WITH_RC4_128_SHA" }},
		{"some of TLS 1.3", KeyCiphers, "all or none", func(o *Options) { o.Ciphers = "TLS_AES_256_GCM_SHA384" }},
		{"none for the version", KeyCiphers, "none of TLS 1.2's", func(o *Options) { o.Ciphers = strings.Join(ciphers13, ":"); only12(o) }},
		{"none for the key", KeyCiphers, "none for a certificate with ECDSA key", func(o *Options) { o.Ciphers = "ECDHE-RSA-AES128-GCM-SHA256"; only12(o) }},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, faults := Load(s.options(r.set))
			if len(faults) != 1 || faults[0].Key != r.key || !strings.Contains(faults[0].Text, r.text) {
				t.Errorf("%v, want %s: … %s …", faults, r.key, r.text)
			}
		})
	}
	_, faults := Load(s.options(func(o *Options) {
		o.Pairs = append(o.Pairs, Pair{other.CertFile, empty, ""}, Pair{empty, empty, ""})
		o.Ciphers, o.CACertFile, o.CRLFiles = "HIGH:!aNULL", empty, []string{empty, empty}
	}))
	if len(faults) != 7 || faults[0].Pair != 1 || faults[1].Pair != 2 {
		t.Errorf("%d faults: %q", len(faults), faults)
	}
}

func TestVersions(t *testing.T) {
	s := newSet(t)
	both := []uint16{tls.VersionTLS12, tls.VersionTLS13}
	for words, spoken := range map[string][]uint16{
		"": both, "tlsv1.2,tlsv1.3": both, "tlsv1.2": both[:1], "tlsv1.3": both[1:],
	} {
		server := load(t, s.options(func(o *Options) {
			o.Verify, o.Versions = VerifyNone, strings.FieldsFunc(words, func(r rune) bool { return r == ',' })
		}))
		for _, v := range append([]uint16{tls.VersionTLS11}, both...) {
			client := s.client(t)
			client.MinVersion, client.MaxVersion = v, v
			if _, err := shake(t, server.Config, client); (err == nil) != slices.Contains(spoken, v) {
				t.Errorf("versions %q: %s: %v", words, tls.VersionName(v), err)
			}
		}
	}
}

// Every name there is leads to its cipher, and to no other.
func TestCiphers(t *testing.T) {
	s := newSet(t)
	server := func(list string) *tls.Config {
		return load(t, s.options(func(o *Options) { o.Verify, o.Ciphers = VerifyNone, list })).Config
	}
	for _, c := range ciphers12 {
		if !strings.Contains(c.name, "ECDSA") {
			continue // the test's keys are
		}
		client := s.client(t)
		client.MaxVersion = tls.VersionTLS12
		st, err := shake(t, server(c.name), client)
		if err != nil || st.CipherSuite != c.id {
			t.Errorf("%s: %v, %s", c.name, err, tls.CipherSuiteName(st.CipherSuite))
		}
	}
	if _, err := shake(t, server("ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256"), s.client(t)); err != nil {
		t.Errorf("ciphers of TLS 1.2 alone shut out TLS 1.3: %v", err)
	}
	if c := server(strings.Join(ciphers13, ":")); c.MinVersion != tls.VersionTLS13 {
		t.Errorf("with none of its ciphers TLS 1.2 is spoken")
	}
}

// Every cipher that Go deems safe has its name here: a later Go may have more.
func TestCiphersAreComplete(t *testing.T) {
	for _, c := range tls.CipherSuites() {
		here := slices.Contains(ciphers13, c.Name) || slices.ContainsFunc(ciphers12, func(k cipher) bool { return k.id == c.ID })
		if !here {
			t.Errorf("%s has no name", c.Name)
		}
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl to ask for its names")
	}
	for _, c := range ciphers12 {
		out, err := exec.Command("openssl", "ciphers", "-stdname", c.name).CombinedOutput()
		name := strings.TrimSuffix(tls.CipherSuiteName(c.id), "_SHA256")
		if err != nil || !strings.Contains(string(out), name) {
			t.Errorf("%s is not %s for openssl: %v\n%s", c.name, name, err, out)
		}
	}
}

// A client is shown the certificate for the name it asks for.
func TestCertificateByName(t *testing.T) {
	s := newSet(t)
	second := s.Issue("second", tlstest.Want{DNS: []string{"other.example", "*.many.example"}})
	server := load(t, s.options(func(o *Options) { o.Verify, o.Pairs = VerifyNone, append(o.Pairs, pair(second)) }))
	for name, want := range map[string]string{
		domain: "server", "other.example": "second", "a.many.example": "second", "nobody.example": "server", "": "server",
	} {
		client := s.client(t)
		client.ServerName, client.InsecureSkipVerify = name, true
		st, err := shake(t, server.Config, client)
		if err != nil || st.PeerCertificates[0].Subject.CommonName != want {
			t.Errorf("%q: %v, shown %s", name, err, st.PeerCertificates[0].Subject.CommonName)
		}
	}
	if len(server.Expiries) != 2 || server.Expiries[1].File != second.CertFile {
		t.Errorf("expiries: %v", server.Expiries)
	}
}

func TestExpiry(t *testing.T) {
	s := newSet(t)
	for name, w := range map[string]struct {
		good time.Duration
		days int
	}{"soon": {36 * time.Hour, 1}, "today": {time.Hour, 0}, "over": {-time.Hour, -1}, "long over": {-47 * time.Hour, -2}} {
		c := s.Issue(name, tlstest.Want{For: w.good})
		server := load(t, s.options(func(o *Options) { o.Pairs = []Pair{pair(c)} }))
		if got := server.Expiries[0].Days(time.Now()); got != w.days || (len(server.Warnings) == 1) != (w.days < 0) {
			t.Errorf("%s: %d days, warnings %q", name, got, server.Warnings)
		}
	}
}

// Keys are read in every form that openssl writes, with the right password only.
func TestEncryptedKeys(t *testing.T) {
	s := newSet(t)
	const password = "open sesame"
	encrypted := func(name string, args ...string) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(s.dir, name+".key")
			args = append(args, "-in", s.server.KeyFile, "-out", file)
			if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
				t.Skipf("%v: %s", err, out)
			}
			withPassword(t, s, file, password)
		})
	}
	encrypted("pkcs8-aes256", "pkcs8", "-topk8", "-passout", "pass:"+password)
	encrypted("pkcs8-aes128", "pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout", "pass:"+password)
	encrypted("pkcs8-3des", "pkcs8", "-topk8", "-v2", "des3", "-passout", "pass:"+password)
	encrypted("pkcs8-scrypt", "pkcs8", "-topk8", "-scrypt", "-passout", "pass:"+password)
	encrypted("legacy-aes", "ec", "-aes256", "-passout", "pass:"+password)
	encrypted("legacy-3des", "ec", "-des3", "-passout", "pass:"+password)
	t.Run("without openssl", func(t *testing.T) {
		der, err := pkcs8.MarshalPrivateKey(s.server.Key, []byte(password), nil)
		file := filepath.Join(s.dir, "made.key")
		if err == nil {
			err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		withPassword(t, s, file, password)
	})
	t.Run("older forms", func(t *testing.T) {
		der, err := x509.MarshalECPrivateKey(s.server.Key)
		file := filepath.Join(s.dir, "sec1.key")
		if err == nil {
			err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		load(t, s.options(func(o *Options) { o.Pairs[0].KeyFile = file }))
	})
}

func withPassword(t *testing.T, s *set, file, password string) {
	t.Helper()
	for given, key := range map[string]string{password: "", "": KeyKeyFile, "wrong": KeyPassword} {
		_, faults := Load(s.options(func(o *Options) { o.Pairs[0].KeyFile, o.Pairs[0].Password = file, given }))
		switch {
		case key == "" && len(faults) > 0:
			t.Errorf("with the password: %v", faults)
		case key != "" && (len(faults) != 1 || faults[0].Key != key || strings.Contains(faults[0].Text, "wrong")):
			t.Errorf("with password %q: %v, want one of %s", given, faults, key)
		}
	}
}

func TestKeyLog(t *testing.T) {
	s := newSet(t)
	file := filepath.Join(s.dir, "keys.log")
	server := load(t, s.options(func(o *Options) { o.Verify, o.KeyLogFile = VerifyNone, file }))
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is made before there are secrets")
	}
	takes(t, server.Config, s.client(t))
	text, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if err != nil || !strings.Contains(string(text), "CLIENT_RANDOM ") || !strings.Contains(string(text), "SERVER_TRAFFIC_SECRET_0 ") || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %s, the file holds\n%s", err, info.Mode(), text)
	}
	if len(server.Warnings) != 1 {
		t.Errorf("warnings: %q", server.Warnings)
	}
}

func TestClient(t *testing.T) {
	s := newSet(t)
	own := pair(s.Issue("client", tlstest.Want{}))
	server := load(t, s.options(nil))
	for name, row := range map[string]struct {
		o    ClientOptions
		good bool
	}{
		"right":             {ClientOptions{ServerName: domain, Pair: &own, CACertFile: s.File}, true},
		"TLS 1.2":           {ClientOptions{ServerName: domain, Pair: &own, CACertFile: s.File, Versions: []string{"tlsv1.2"}}, true},
		"another name":      {ClientOptions{ServerName: "other.example", Pair: &own, CACertFile: s.File}, false},
		"another authority": {ClientOptions{ServerName: domain, Pair: &own}, false},
		"without its proof": {ClientOptions{ServerName: domain, CACertFile: s.File}, false},
	} {
		client, faults := LoadClient(&row.o)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if _, err := shake(t, server.Config, client); (err == nil) != row.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, faults := LoadClient(&ClientOptions{Pair: &Pair{}, CACertFile: "no", Ciphers: "x"}); len(faults) != 3 {
		t.Errorf("%v", faults)
	}
}

func TestNames(t *testing.T) {
	ca := tlstest.NewCA(t, t.TempDir(), "ca")
	for name, row := range map[string]struct {
		want  tlstest.Want
		names []string
	}{
		"none":          {tlstest.Want{}, nil},
		"DNS":           {tlstest.Want{DNS: []string{"Bot.Example", "b.example"}}, []string{"bot.example", "b.example"}},
		"XmppAddr":      {tlstest.Want{XmppAddrs: []string{"bot.example"}}, []string{"bot.example"}},
		"both":          {tlstest.Want{DNS: []string{"a.example"}, XmppAddrs: []string{"Bücher.example"}}, []string{"a.example", "bücher.example"}},
		"a person":      {tlstest.Want{XmppAddrs: []string{"user@bot.example"}}, nil},
		"with resource": {tlstest.Want{XmppAddrs: []string{"bot.example/x"}}, nil},
	} {
		if got := Names(ca.Issue("c", row.want).X509); !slices.Equal(got, row.names) {
			t.Errorf("%s: %q, want %q", name, got, row.names)
		}
	}
}
