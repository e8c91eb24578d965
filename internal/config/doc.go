// SPDX-License-Identifier: Apache-2.0

// Package config turns a TOML file into a checked, immutable Config, or into
// the list of everything that is wrong with it, each with its line and key.
//
// Sections and keys are MongooseIM's where it has them, so that a
// [[listen.component]] block can be pasted with its neighbours; ours where it
// has none. docs/CONFIG.md tells operators what each key does, and
// configs/weir.toml shows them all; a test holds the three together.
//
// Reading a file:
//
//	load.go           Load, Parse, Default; the order of the sections
//	lines.go          where each key stands: the TOML library does not tell
//	source.go         a file under reading: its mistakes, its notes, one value of it
//	block.go          one table of it: unknown keys, tables below
//	field.go          a key bound to its place in Config: read, show, compare
//	field_secret.go   the same for secrets and the files they lie in
//	suggest.go        "did you mean …?"
//	errors.go         Error, Errors
//	text.go           TOML strings, values in messages
//
// One file for each section: general.go, engine.go, shapers.go, access.go,
// disco.go, listener.go, abuse.go, tls.go (and tls_files.go, which reads what it names),
// upstream.go (and upstream_tls.go), admin.go, cluster.go (and cluster_tls.go).
//
//	mongooseim.go     what is accepted from MongooseIM without effect
//	support.go        features this version refuses; each is switched on here
//	                  (support_cluster.go, support_nocluster.go: as it was built)
//
// Using a Config:
//
//	config.go         Config, its sections in order
//	secret.go         Secret, which shows as *** wherever it goes
//	effective.go      the whole configuration as TOML; the list of all keys
//	diff.go           what a reload would change
//	warnings.go       what this machine will not like
//
// A Config is safe for concurrent use because nobody changes it.
//
// The package opens no socket, logs nothing and does not watch the file. It
// reads the file itself and the secret and TLS files it names; what these come
// to is package tlsconf's to say.
package config
