// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"

	"weir/internal/cli"
)

func main() { os.Exit(program().Run(os.Args[1:], os.Stdout, os.Stderr)) }

// program is weir with its commands: what runs, its help, its manual page and
// its completion are all made of this.
func program() *cli.Program {
	p := &cli.Program{
		Name: "weir",
		Does: "an edge proxy for XMPP components (XEP-0114)",
		About: []string{
			"weir takes the streams of XMPP components: bots, gateways, conference and media services. It checks every byte of them " +
				"and routes every stanza by its domain, to another component or to the XMPP server behind it.",
			"One process serves. The other commands check configurations, or ask the one that serves over its admin socket.",
		},
		Commands: []cli.Command{
			{
				Group: "to serve", Name: "serve", Does: "run in the foreground",
				About: []string{"Without -config weir listens on 127.0.0.1:8888 with a random password, which it prints.",
					"What signals do is told in weir(1)."},
				Setup: serve,
			},
			{
				Name: "check", Does: "check a configuration and print what it comes to",
				About: []string{"Defaults are written out and secrets left out. If anything is wrong, all of it is printed to " +
					"standard error, as FILE:LINE: KEY: what is wrong, and the exit code is 1."},
				Setup: check,
			},
		},
		Sections: []cli.Section{signals, environment, files, exitStatus},
		SeeAlso:  []string{"weir.toml(5)", "weirload(1)"},
	}
	p.Commands = append(p.Commands, remoteCommands()...)
	p.Commands = append(p.Commands, cli.Command{Group: "about itself", Name: "version", Does: "print the version, and the kernel's event drivers", Setup: printVersion})
	p.Commands = append(p.Commands, p.Manual()...)
	return p
}

var signals = cli.Section{Title: "Signals", Items: [][2]string{
	{"TERM, INT", "Take nobody new, say goodbye to every stream after what waits for it, spread over engine.drain_window, and end. The second one ends at once."},
	{"HUP", "Take the configuration file anew. One with a mistake changes nothing; the log says what is wrong with it."},
	{"USR2", "Have a new weir take the place of this one, as weir upgrade does."},
}}

var environment = cli.Section{Title: "Environment", Items: [][2]string{
	{socketVariable, "The admin socket that commands ask, if neither -socket nor -config is given."},
	{"WEIR_NO_IO_URING", "If set to anything, io_uring is not used."},
	{"SSLKEYLOGFILE", "Where the secrets of TLS connections go whose listener has keep_secrets = true. For test machines."},
	{"NOTIFY_SOCKET, WATCHDOG_USEC", "Set by systemd, which is told when weir is ready, reloads and stops, and is given signs of life while every event loop answers."},
}}

var files = cli.Section{Title: "Files", Items: [][2]string{
	{"/etc/weir/weir.toml", "The configuration that the packaged service runs with."},
	{defaultSocket, "The admin socket of the packaged service, which commands ask if they are told of no other."},
}}

var exitStatus = cli.Section{Title: "Exit status", Items: [][2]string{
	{"0", "All is well."},
	{"1", "The configuration is wrong, or something failed; standard error says what."},
	{"2", "The command line is wrong."},
}}
