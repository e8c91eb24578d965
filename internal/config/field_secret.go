// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// secretFileBytesMax keeps a mistaken path from filling the memory.
const secretFileBytesMax = 64 << 10

const aSecret = "a string that is not empty"

// secret is a Secret written in the file itself.
func secret(name string, p *Secret) field {
	return field{
		name: name,
		read: func(c cell) {
			if s, ok := c.v.(string); ok && s != "" {
				*p = Secret(s)
				return
			}
			c.refuseSecret(aSecret)
		},
		show: func() string {
			if *p == "" {
				return ""
			}
			return quote(redacted)
		},
		raw: func() string { return string(*p) },
	}
}

// secretList is an array of secrets.
func secretList(name string, p *[]Secret) field {
	return field{
		name: name,
		read: func(c cell) {
			cells, ok := c.list()
			if !ok || len(cells) == 0 {
				c.fail("is %s, allowed: an array of strings that are not empty", emptyOr(c.v))
				return
			}
			for _, e := range cells {
				if s, ok := e.v.(string); ok && s != "" {
					*p = append(*p, Secret(s))
				} else {
					e.fail("holds %s, allowed: strings that are not empty", kind(e.v))
				}
			}
		},
		show: func() string {
			if len(*p) == 0 {
				return ""
			}
			stars := make([]string, len(*p))
			for i := range stars {
				stars[i] = redacted
			}
			return quoteList(stars)
		},
		raw: func() string { return reveal(*p) },
	}
}

func emptyOr(v any) string {
	if vs, ok := v.([]any); ok && len(vs) == 0 {
		return "an empty array"
	}
	return kind(v)
}

// fromFile is a file and the secrets that stood in its lines.
type fromFile struct {
	name    string // where we found it
	secrets []Secret
}

// secretFile is a key with a file's name; one says that the file holds a
// single secret, otherwise each line is one.
func secretFile(name string, p *fromFile, one bool) field {
	return field{
		name: name,
		read: func(c cell) {
			s, ok := c.v.(string)
			if !ok || s == "" {
				c.refuse("the name of a file")
				return
			}
			name := c.src.resolve(s)
			text, err := readSecretFile(name)
			if err != nil {
				c.fail("is %s: %v", c.src.named(s), err)
				return
			}
			*p = fromFile{name, splitSecrets(text, one)}
			if len(p.secrets) == 0 {
				c.fail("is %s: the file is empty, needed: a secret", c.src.named(s))
			}
		},
		show: func() string {
			if p.name == "" {
				return ""
			}
			return quote(p.name)
		},
		raw: func() string { return p.name + "\x00" + reveal(p.secrets) },
	}
}

func readSecretFile(name string) (string, error) {
	f, err := os.Open(name)
	if err == nil {
		defer f.Close()
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(f, secretFileBytesMax+1)); len(b) > secretFileBytesMax {
			return "", errors.New("the file is too long, allowed: 64 KiB")
		}
		if err == nil {
			return string(b), nil
		}
	}
	return "", bareError(err)
}

// bareError leaves out the operation and the name, which are said already.
func bareError(err error) error {
	if errors.Is(err, fs.ErrPermission) { // whoever checks a file is often root, and weir is not
		return errors.New("permission denied: the user that weir runs as must be able to read it")
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// splitSecrets drops the newline that editors put at a file's end.
func splitSecrets(text string, one bool) []Secret {
	lines := []string{strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")}
	if !one {
		lines = strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	}
	var secrets []Secret
	for _, l := range lines {
		if l != "" {
			secrets = append(secrets, Secret(l))
		}
	}
	return secrets
}

// reveal joins secrets so that two lists of them can be compared.
func reveal(secrets []Secret) string {
	var b strings.Builder
	for _, s := range secrets {
		b.WriteString(string(s))
		b.WriteByte(0)
	}
	return b.String()
}
