// SPDX-License-Identifier: Apache-2.0

package config

// Admin is [admin]: metrics, health, the status page, and commands.
type Admin struct {
	Address string // HOST:PORT; empty: none
	Token   Secret // for what changes something; empty: on the local socket only

	tokenText Secret
	tokenFile fromFile
}

func (a *Admin) section() section {
	return section{header: "[admin]", keys: "admin", fields: []field{
		address("address", &a.Address),
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
