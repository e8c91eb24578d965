// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net/netip"
	"time"

	"weir/internal/acl"
	"weir/table"
)

const (
	// Unlimited is a MaxStanzaSize of "infinity": only the budgets bound it.
	Unlimited = -1

	defaultBacklog       = 1024
	defaultMaxStanzaSize = 512 * kib
	defaultStateTimeout  = 5 * time.Second
	defaultAcceptors     = 100
)

// Listener is one [[listen.component]].
type Listener struct {
	Name string // for logs: "127.0.0.1:8888"
	Addr netip.AddrPort

	Backlog        int // of the kernel, connections
	ReusePort      bool
	AcceptBalance  AcceptBalance
	MaxConnections int  // 0: no limit
	ProxyProtocol  bool // a PROXY header comes first
	TLS            *TLS // nil: plain

	StateTimeout  time.Duration // for the header, then for the handshake; Infinity: none
	Passwords     []Secret      // any of them opens; none where the certificate is the proof
	MaxStanzaSize int           // bytes, or Unlimited

	CheckFrom bool
	Hidden    bool
	Conflict  table.Policy
	WhileAway WhileAway
	Access    *acl.Rule // who may send to its components; never nil
	Shaper    int       // bytes per second, 0: none
	Abuse     Abuse

	written listenerText
}

// WhileAway says what becomes of what a server behind us has for a component that
// is away, once it has waited for as long as the upstream says.
type WhileAway uint8

const (
	AwayUnavailable WhileAway = iota // answered service-unavailable
	AwayTimeout                      // answered remote-server-timeout, type wait
	AwayPark                         // it waits on, for as long as the component is expected
)

// AcceptBalance says which loop a new connection lives on.
type AcceptBalance uint8

const (
	BalanceLeast  AcceptBalance = iota // the one with the fewest connections
	BalanceKernel                      // with ReusePort: the one the kernel's hash falls on
)

// listenerText is what the file says, where the above says what it means.
type listenerText struct {
	port           int
	ip             string
	ipVersion      int
	proto          string
	password       Secret
	passwords      []Secret
	passwordFile   fromFile
	passwordsFile  fromFile
	access, shaper string
	acceptors      int
	hibernateAfter time.Duration
}

func defaultListener() Listener {
	return Listener{
		Backlog:       defaultBacklog,
		StateTimeout:  defaultStateTimeout,
		MaxStanzaSize: defaultMaxStanzaSize,
		CheckFrom:     true,
		Conflict:      table.Disconnect,
		Access:        acl.All(),
		Abuse:         defaultAbuse(),
		written: listenerText{
			proto: "tcp", access: nameAll, shaper: noShaper, acceptors: defaultAcceptors,
		},
	}
}

const listenerHeader = "[[listen.component]]"

func (l *Listener) sections() []section {
	all := []section{{header: listenerHeader, keys: "listen.component", id: l.Name, fields: l.fields()}}
	if l.TLS != nil {
		all = append(all, section{header: "[listen.component.tls]", keys: "listen.component.tls", id: l.Name, fields: l.TLS.fields()})
	}
	return all
}

func (l *Listener) fields() []field {
	w := &l.written
	fields := []field{
		integer("port", &w.port, 0, 65535),
		text("ip_address", &w.ip, "an IPv4 or IPv6 address"),
		ipVersion("ip_version", &w.ipVersion),
		oneOf("proto", &w.proto, plain("tcp")),
		integer("backlog", &l.Backlog, 0, 1<<31-1),
		boolean("reuse_port", &l.ReusePort),
		oneOf("accept_balance", &l.AcceptBalance, []word[AcceptBalance]{
			{"least", BalanceLeast}, {"kernel", BalanceKernel},
		}),
		integerOrInfinity("max_connections", &l.MaxConnections, 1, 0),
		boolean("proxy_protocol", &l.ProxyProtocol),
		millis("state_timeout", &l.StateTimeout),
		secret("password", &w.password),
		secretFile("password_file", &w.passwordFile, true),
		secretList("passwords", &w.passwords),
		secretFile("passwords_file", &w.passwordsFile, false),
		text("access", &w.access, "the name of a rule in [access], "+quote(nameAll)+", "+quote(nameNone)),
		text("shaper", &w.shaper, "the name of a [shaper.NAME], "+quote(noShaper)),
		boolean("check_from", &l.CheckFrom),
		boolean("hidden_components", &l.Hidden),
		oneOf("conflict_behaviour", &l.Conflict, []word[table.Policy]{
			{"disconnect", table.Disconnect}, {"kick_old", table.KickOld}, {"balance", table.Balance},
		}),
		oneOf("while_away", &l.WhileAway, []word[WhileAway]{
			{"service-unavailable", AwayUnavailable}, {"remote-server-timeout", AwayTimeout}, {"park", AwayPark},
		}),
		integerOrInfinity("max_stanza_size", &l.MaxStanzaSize, 1, Unlimited),
	}
	return append(append(fields, l.Abuse.fields()...),
		withoutEffect(integer("num_acceptors", &w.acceptors, 1, integerMax)),
		withoutEffect(millis("hibernate_after", &w.hibernateAfter)))
}

// withoutEffect is for keys whose values are checked and then forgotten: they
// are no part of the effective configuration.
func withoutEffect(f field) field {
	f.show = func() string { return "" }
	return f
}

func ipVersion(name string, p *int) field {
	f := integer(name, p, 4, 6)
	f.read = func(c cell) {
		switch c.v {
		case int64(4):
			*p = 4
		case int64(6):
			*p = 6
		default:
			c.refuse("4, 6")
		}
	}
	return f
}

// readListener needs c's shapers, classes and rules.
func (c *Config) readListener(b *block) Listener {
	l := defaultListener()
	fields := l.fields()
	b.known(append(names(fields), "tls")...)
	b.read(fields)
	l.readAddress(b)
	l.Access = c.rule(b, l.written.access)
	l.Shaper = c.rate(b, l.written.shaper)
	if l.MaxStanzaSize >= c.Engine.QueueHard {
		b.fail("max_stanza_size", "is %d%s, allowed: less than engine.queue_hard_bytes, which is %d, or %s",
			l.MaxStanzaSize, b.byDefault("max_stanza_size"), c.Engine.QueueHard, quote(infinity))
	}
	if l.AcceptBalance == BalanceKernel && !l.ReusePort {
		b.fail("accept_balance", "is %s without reuse_port = true, allowed: %s, or a socket for each loop for the kernel to choose from",
			quote("kernel"), quote("least"))
	}
	if b.has("tls") {
		l.TLS = readTLS(b)
	}
	l.readPasswords(b)
	l.Abuse.read(b, l.ProxyProtocol)
	for _, key := range []string{"num_acceptors", "hibernate_after"} {
		if b.has(key) {
			b.src.note(b.path.with(key), "has no effect: event loops need neither acceptors nor hibernation")
		}
	}
	return l
}

// readAddress makes Addr and Name of ip_address, ip_version and port.
func (l *Listener) readAddress(b *block) {
	w := &l.written
	if b.lacks("port") {
		b.fail("port", "is missing, needed: %s (8888 is usual)", integers(0, 65535))
	}
	addr, ok := parseIP(w.ip)
	switch {
	case w.ip == "" && w.ipVersion == 6:
		addr = netip.IPv6Unspecified()
	case w.ip == "":
		addr = netip.IPv4Unspecified()
	case !ok:
		b.cell("ip_address").refuse("an IPv4 or IPv6 address")
		addr = netip.IPv4Unspecified()
	case w.ipVersion != 0 && w.ipVersion != version(addr):
		b.fail("ip_version", "is %d but ip_address is %s, allowed: %d, or leave it out", w.ipVersion, addr, version(addr))
	}
	w.ip, w.ipVersion = addr.String(), version(addr)
	l.Addr = netip.AddrPortFrom(addr, uint16(w.port))
	l.Name = l.Addr.String()
}

// parseIP takes "0" for any address, as Erlang does and MongooseIM's users
// write it.
func parseIP(s string) (netip.Addr, bool) {
	if s == "0" {
		return netip.IPv4Unspecified(), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

func version(a netip.Addr) int {
	if a.Is4() {
		return 4
	}
	return 6
}

// readPasswords gathers Passwords from the four keys that can hold them.
func (l *Listener) readPasswords(b *block) {
	w := &l.written
	if b.lacks("password", "passwords", "password_file", "passwords_file") && !l.TLS.provesNames() {
		b.fail("password", "is missing, needed: password, passwords, password_file or passwords_file")
	}
	if b.has("password") && b.has("password_file") {
		b.fail("password_file", "stands beside password, allowed: one of the two")
	}
	var all []Secret
	if w.password != "" {
		all = append(all, w.password)
	}
	all = append(all, w.passwordFile.secrets...)
	all = append(all, w.passwords...)
	l.Passwords = append(all, w.passwordsFile.secrets...)
}

// checkDuplicates tells listeners that want the same address and port. Port 0
// is another port each time.
func checkDuplicates(listeners []Listener, at []*block) {
	first := map[netip.AddrPort]int{}
	for i, l := range listeners {
		j, seen := first[l.Addr]
		switch {
		case l.Addr.Port() == 0:
		case seen:
			at[i].fail("port", "listens on %s, which the listener in line %d does already, allowed: each address and port once",
				l.Name, at[j].src.line(at[j].path))
		default:
			first[l.Addr] = i
		}
	}
}
