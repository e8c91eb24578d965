// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"weir/internal/jid"
)

// LevelNone is above every level: nothing is logged.
const LevelNone = slog.Level(64)

// General is [general].
type General struct {
	Hosts          []string   // domains served here, normalised
	LogLevel       slog.Level // for the log's handler
	RoutingModules []string   // in order

	loglevel string // as written: several words mean one level
}

// DefaultRoutingModules is MongooseIM's order, which is the default.
func DefaultRoutingModules() []string {
	return []string{
		"mongoose_router_global",
		"mongoose_router_localdomain",
		"mongoose_router_external_localnode",
		"mongoose_router_external",
		"mongoose_router_dynamic_domains",
		"ejabberd_s2s",
	}
}

// logLevels are MongooseIM's words, the syslog ones above error included.
func logLevels() []word[slog.Level] {
	return []word[slog.Level]{
		{"none", LevelNone},
		{"emergency", slog.LevelError},
		{"alert", slog.LevelError},
		{"critical", slog.LevelError},
		{"error", slog.LevelError},
		{"warning", slog.LevelWarn},
		{"notice", slog.LevelInfo},
		{"info", slog.LevelInfo},
		{"debug", slog.LevelDebug},
		{"all", slog.LevelDebug},
	}
}

// LogLevel is the level that a word of general.loglevel stands for.
func LogLevel(text string) (slog.Level, bool) {
	for _, w := range logLevels() {
		if w.text == text {
			return w.value, true
		}
	}
	return 0, false
}

// LogLevelWords are the words for a level, from the fewest lines to the most.
func LogLevelWords() []string { return texts(logLevels()) }

// LogLevels are these words, as a person lists them.
func LogLevels() string { return alternatives(texts(logLevels())) }

func defaultGeneral() General {
	return General{
		Hosts:          []string{},
		LogLevel:       slog.LevelInfo,
		RoutingModules: DefaultRoutingModules(),
		loglevel:       "info",
	}
}

func (g *General) section() section {
	return section{header: "[general]", keys: "general", fields: []field{
		list("hosts", &g.Hosts, "domain names", checkDomain),
		oneOf("loglevel", &g.loglevel, plain(texts(logLevels())...)),
		list("routing_modules", &g.RoutingModules, "names of routing modules", checkRoutingModule),
	}}
}

func readGeneral(b *block, g *General) {
	fields := g.section().fields
	b.known(append(names(fields), generalWithoutEffect()...)...)
	b.read(fields)
	for _, w := range logLevels() {
		if w.text == g.loglevel {
			g.LogLevel = w.value
		}
	}
	noteAll(b, generalWithoutEffect())
}

func checkDomain(s string) (string, error) {
	d, err := jid.NormalizeDomain(nil, []byte(s))
	if err != nil {
		return "", errors.New("allowed: domain names")
	}
	return string(d), nil
}

func checkRoutingModule(s string) (string, error) {
	all := DefaultRoutingModules()
	if !slices.Contains(all, s) {
		return "", fmt.Errorf("allowed: %s%s", alternatives(all), didYouMean(s, all))
	}
	return s, nil
}
