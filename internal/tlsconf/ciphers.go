// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"slices"
	"strings"
)

// cipher is one that Go's TLS has and deems safe.
type cipher struct {
	name string // OpenSSL's
	id   uint16
}

// ciphers12 are those of TLS 1.2.
var ciphers12 = []cipher{
	{"ECDHE-ECDSA-AES128-GCM-SHA256", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	{"ECDHE-RSA-AES128-GCM-SHA256", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
	{"ECDHE-ECDSA-AES256-GCM-SHA384", tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	{"ECDHE-RSA-AES256-GCM-SHA384", tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384},
	{"ECDHE-ECDSA-CHACHA20-POLY1305", tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
	{"ECDHE-RSA-CHACHA20-POLY1305", tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
	{"ECDHE-ECDSA-AES128-SHA", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	{"ECDHE-RSA-AES128-SHA", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
	{"ECDHE-ECDSA-AES256-SHA", tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA},
	{"ECDHE-RSA-AES256-SHA", tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA},
}

// ciphers13 are those of TLS 1.3: Go uses all of them or does not speak it.
var ciphers13 = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}

// suites sets the versions and the ciphers. Go takes the best that both sides
// have, whatever their order here.
func (l *loader) suites(c *tls.Config, list string, versions []string) {
	c.MinVersion, c.MaxVersion = versionRange(versions)
	if list == "" {
		return
	}
	named13 := 0
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(":, ", r) }) {
		i := slices.IndexFunc(ciphers12, func(k cipher) bool { return k.name == name || tls.CipherSuiteName(k.id) == name })
		switch {
		case i >= 0:
			c.CipherSuites = append(c.CipherSuites, ciphers12[i].id)
		case slices.Contains(ciphers13, name):
			named13++
		default:
			l.fail(KeyCiphers, "holds %q, %s", name, whyNot(name))
		}
	}
	speaks12, speaks13 := c.MinVersion <= tls.VersionTLS12, c.MaxVersion >= tls.VersionTLS13
	switch {
	case len(l.faults) > 0:
	case named13 > 0 && named13 < len(ciphers13) && speaks13:
		l.fail(KeyCiphers, "holds some of TLS 1.3's, of which Go's TLS uses all or none, allowed: all of %s, or none of them", strings.Join(ciphers13, ":"))
	case c.CipherSuites == nil && !speaks13:
		l.fail(KeyCiphers, "holds none of TLS 1.2's, which is the only version spoken")
	case c.CipherSuites == nil && speaks12:
		c.MinVersion = tls.VersionTLS13
	}
}

// whyNot says why a name is no cipher here.
func whyNot(name string) string {
	const known = "allowed: those of TLS 1.2 that Go's TLS deems safe, ECDHE-ECDSA-AES128-GCM-SHA256 for one (docs/CONFIG.md has all)"
	keywords := []string{"ALL", "DEFAULT", "HIGH", "MEDIUM", "LOW", "COMPLEMENTOFDEFAULT", "COMPLEMENTOFALL"}
	switch {
	case strings.ContainsAny(name, "!+@=") || strings.HasPrefix(name, "-") || slices.Contains(keywords, name):
		return "which is a rule of OpenSSL's and not a name, allowed: names of ciphers"
	case strings.HasPrefix(name, "DHE-") || strings.HasPrefix(name, "EDH-") || strings.HasPrefix(name, "ADH-"):
		return "but Go's TLS has no finite-field Diffie-Hellman; " + known
	case strings.Contains(name, "PSK") || strings.Contains(name, "SRP"):
		return "but Go's TLS has no pre-shared keys or passwords; " + known
	}
	for _, s := range tls.InsecureCipherSuites() {
		if s.Name == name {
			return "which is not safe; " + known
		}
	}
	return "which Go's TLS does not have or does not deem safe; " + known
}

// fitting sees whether every certificate has a cipher that goes with its key.
func (l *loader) fitting(c *tls.Config) {
	if len(c.CipherSuites) == 0 || c.MaxVersion >= tls.VersionTLS13 || len(l.faults) > 0 {
		return
	}
	for _, cert := range c.Certificates {
		kind := ""
		switch cert.Leaf.PublicKey.(type) {
		case *ecdsa.PublicKey, ed25519.PublicKey:
			kind = "_ECDSA_"
		case *rsa.PublicKey:
			kind = "_RSA_"
		}
		fits := func(id uint16) bool { return strings.Contains(tls.CipherSuiteName(id), kind) }
		if !slices.ContainsFunc(c.CipherSuites, fits) {
			l.fail(KeyCiphers, "holds none for a certificate with %s key", cert.Leaf.PublicKeyAlgorithm)
		}
	}
}
