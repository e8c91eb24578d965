// SPDX-License-Identifier: Apache-2.0

package tlsconf

import "os"

// keyLog appends to a file what SSLKEYLOGFILE is for. It is opened for each line
// anew, so that it can be moved away; crypto/tls writes one line at a time, and
// fails the handshake whose line cannot be written.
type keyLog string

func (name keyLog) Write(line []byte) (int, error) {
	f, err := os.OpenFile(string(name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := f.Write(line)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return n, err
}
