// SPDX-License-Identifier: Apache-2.0

// Command manpage reads docs/CONFIG.md on standard input and writes it as the
// manual page weir.toml(5) to standard output. weir(1) and weirload(1) are
// printed by the programs themselves.
package main
