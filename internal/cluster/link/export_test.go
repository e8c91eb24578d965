// SPDX-License-Identifier: Apache-2.0

package link

// SetVersions has a link speak other versions than it does.
func (o *Options) SetVersions(lowest, highest uint8) { o.versions = versions{lowest, highest} }
