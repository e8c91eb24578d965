// SPDX-License-Identifier: Apache-2.0

package config

// Disco is [modules.mod_disco].
type Disco struct {
	// UsersSeeHidden says whether disco#items names hidden components to an
	// asker with a node part. One without always sees them.
	UsersSeeHidden bool
}

func (d *Disco) section() section {
	return section{header: "[modules.mod_disco]", keys: "modules.mod_disco", fields: []field{
		boolean("users_can_see_hidden_services", &d.UsersSeeHidden),
	}}
}

func readModules(b *block, d *Disco) {
	noteModules(b)
	disco := b.sub(modDisco)
	fields := d.section().fields
	disco.known(append(names(fields), discoWithoutEffect()...)...)
	disco.read(fields)
	noteAll(disco, discoWithoutEffect())
}
