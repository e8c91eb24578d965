// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"
	"strings"
)

// otherWords are words that other programs, or other sections, have for a key of
// ours.
var otherWords = map[string][]string{
	"address":     {"ip_address"},
	"bind":        {"ip_address", "address"},
	"ca":          {"cacertfile"},
	"cafile":      {"cacertfile"},
	"cert":        {"certfile"},
	"certificate": {"certfile"},
	"host":        {"address", "ip_address", "hosts"},
	"interface":   {"ip_address"},
	"ip":          {"ip_address"},
	"key":         {"keyfile"},
	"listen":      {"address"},
	"log_level":   {"loglevel"},
	"level":       {"loglevel"},
	"password":    {"secret", "token"},
	"port":        {"address"},
	"rate":        {"max_rate"},
	"secret":      {"password", "token"},
	"server":      {"address"},
	"type":        {"kind"},

	"password_file": {"secret_file", "token_file"},
	"secret_file":   {"password_file", "token_file"},
}

// instead is what to write in the place of a key that is asked for often and is
// not there, by its path.
var instead = map[string]string{
	"component":                "; a listener begins with " + listenerHeader,
	"components":               "; a listener begins with " + listenerHeader,
	"listener":                 "; a listener begins with " + listenerHeader,
	"listeners":                "; a listener begins with " + listenerHeader,
	"upstream.tls.verify_mode": ": the server's certificate is always verified; one that has signed itself goes into cacertfile",
}

// advise is what to do about a key that this table does not know: the one of known
// that it probably is, empty if it is none, and the end of a message.
func (b *block) advise(key string, known []string) (likely, text string) {
	here := b.path.String()
	if text := instead[strings.TrimPrefix(here+"."+key, ".")]; text != "" {
		return "", text
	}
	for _, w := range otherWords[key] {
		if slices.Contains(known, w) {
			return w, "; did you mean " + w + "?"
		}
	}
	near := nearest(key, known)
	if text := belongs(key, here, b.src.keys()); text != "" && (near == "" || distance(key, near) > 1) {
		return "", text
	}
	return near, didYouMean(key, known)
}

// belongs is the end of a message about a key that is another section's; empty if
// it is none's, or many's. here is the section where it stands, all are all keys.
func belongs(key, here string, all []string) string {
	var homes []string
	for _, known := range all {
		words := strings.Split(known, ".")
		switch words[0] {
		case "acl", "access": // their words are everyday ones
			continue
		}
		i := slices.Index(words, key)
		home := strings.Join(words[:max(i, 0)], ".")
		if home != "" && home != here && !slices.Contains(homes, home) {
			homes = append(homes, home)
		}
	}
	if len(homes) == 0 || len(homes) > homesMax {
		return ""
	}
	above := ""
	if len(homes) == 1 && strings.HasPrefix(here, homes[0]+".") {
		above = ", so it stands above this table's header"
	}
	for i, h := range homes {
		homes[i] = headerOf(h)
	}
	return "; it is one of " + strings.Join(homes, " or ") + above
}

// homesMax is how many sections a message names.
const homesMax = 3

// headerOf is how a section begins in a file.
func headerOf(section string) string {
	switch section {
	case "listen.component", "upstream":
		return "[[" + section + "]]"
	}
	return "[" + section + "]"
}

// didYouMean names the known word nearest to an unknown one, as the end of a
// sentence; it is empty if none is near.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// nearest is the known word closest to an unknown one, or else the only one that
// has it in it; empty if there is none.
func nearest(word string, known []string) string {
	best, at := "", closeEnough(word)+1
	for _, k := range known {
		if d := distance(word, k); d < at {
			best, at = k, d
		}
	}
	if best == "" && len(word) >= partMin {
		return onlyWith(word, known)
	}
	return best
}

// partMin is how long a part of a word must be to stand for it.
const partMin = 4

// onlyWith is the one of known that has word in it; empty if several have.
func onlyWith(word string, known []string) string {
	found := ""
	for _, k := range known {
		if strings.Contains(k, word) {
			if found != "" {
				return ""
			}
			found = k
		}
	}
	return found
}

// closeEnough is how many mistakes a word of that length may hold: a third of
// its letters, at least one, at most four.
func closeEnough(word string) int { return min(max(len(word)/3, 1), 4) }

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make b of a (optimal string alignment).
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+same)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
