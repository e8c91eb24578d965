// SPDX-License-Identifier: Apache-2.0

// Package packaging tests how weir reaches a machine: what `make deb` and
// `make install` make, the service's unit, and the container's image. It holds
// tests only.
//
//	unit_test.go       contrib/systemd: what the unit asks for, and what systemd says of it
//	deb_test.go        the Debian package: contents, installation, removal
//	container_test.go  the image's file, and the binary in a root of its own
package packaging
