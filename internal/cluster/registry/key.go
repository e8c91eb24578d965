// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"encoding/base32"
	"slices"
	"strings"

	"weir/internal/cluster/directory"
)

// Keys: "c." and a name, "n." and a node.
const (
	claimPrefix = "c."
	nodePrefix  = "n."
)

const (
	labelMax = 63
	// opaque begins a name that is not written as labels: it is in none.
	opaque = '='
)

var opaqueCoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// Key is the key of a name (normalised): its labels, the last first, so that what
// lies under a domain begins alike; a name that is not made of plain labels is
// written as one opaque label. No two names have the same key.
func Key(name string) string {
	labels := strings.Split(name, ".")
	if slices.ContainsFunc(labels, notPlain) {
		return claimPrefix + string(opaque) + opaqueCoding.EncodeToString([]byte(name))
	}
	slices.Reverse(labels)
	return claimPrefix + strings.Join(labels, ".")
}

func notPlain(label string) bool {
	if label == "" || len(label) > labelMax {
		return true
	}
	for i := range len(label) {
		if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return true
		}
	}
	return false
}

// NameOf is the name of a key; false for a key of something else.
func NameOf(key string) (name string, ok bool) {
	text, ok := strings.CutPrefix(key, claimPrefix)
	if !ok {
		return "", false
	}
	if rest, is := strings.CutPrefix(text, string(opaque)); is {
		b, err := opaqueCoding.DecodeString(rest)
		name = string(b)
		return name, err == nil && Key(name) == key
	}
	labels := strings.Split(text, ".")
	slices.Reverse(labels)
	name = strings.Join(labels, ".")
	return name, Key(name) == key
}

func nodeKey(n directory.Node) string { return nodePrefix + string(n) }

func nodeOf(key string) (directory.Node, bool) {
	text, ok := strings.CutPrefix(key, nodePrefix)
	return directory.Node(text), ok && ValidNode(text)
}

// nodeLength is that of a node's name, in bytes.
const nodeLength = 10

// ValidNode says whether a text can be a node's name: ten of a-z and 2-7.
func ValidNode(text string) bool {
	if len(text) != nodeLength {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
