// SPDX-License-Identifier: Apache-2.0

package config

import "path/filepath"

// Admin is [admin]: metrics, health, the status page, and commands.
type Admin struct {
	Address string // HOST:PORT; empty: none
	Socket  string // path of the local socket; empty: none
	Token   Secret // for what changes something; empty: on the local socket only

	tokenText Secret
	tokenFile fromFile
}

func (a *Admin) section() section {
	return section{header: "[admin]", keys: "admin", fields: []field{
		restart(address("address", &a.Address)),
		restart(socket("socket", &a.Socket)),
		secret("token", &a.tokenText),
		secretFile("token_file", &a.tokenFile, true),
	}}
}

func readAdmin(b *block, a *Admin) {
	if !b.has("admin") {
		return
	}
	if !b.src.support.Admin {
		b.unsupported("admin", "")
		return
	}
	admin := b.sub("admin")
	fields := a.section().fields
	admin.known(names(fields)...)
	admin.read(fields)
	if admin.has("token") && admin.has("token_file") {
		admin.fail("token_file", "stands beside token, allowed: one of the two")
	}
	a.Token = a.tokenText
	if len(a.tokenFile.secrets) > 0 {
		a.Token = a.tokenFile.secrets[0]
	}
}

// socketBytesMax is the longest path that a local socket can have on Linux.
const socketBytesMax = 107

// socket is the path of a socket, relative to the file like those of files.
func socket(name string, p *string) field {
	f := text(name, p, "the path of a socket")
	f.read = func(c cell) {
		s, _ := c.v.(string)
		if s == "" {
			c.refuse("the path of a socket")
			return
		}
		s = filepath.Clean(c.src.resolve(s))
		if len(s) > socketBytesMax {
			c.fail("comes to a path of %d bytes, allowed: %d", len(s), socketBytesMax)
			return
		}
		*p = s
	}
	return f
}
