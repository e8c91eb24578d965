// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"os"
	"regexp"
	"strings"
)

// driverVariable names the environment variable that has every weir of a test run on one driver, but for those whose
// configuration says which.
const driverVariable = "WEIR_TEST_DRIVER"

var (
	engineTable = regexp.MustCompile(`(?m)^[ \t]*\[engine\].*$`)
	driverKey   = regexp.MustCompile(`(?m)^[ \t]*(engine\.)?driver[ \t]*=`)
)

// onDriver is config with the driver that the environment asks for, or unchanged.
func onDriver(config string) (changed, driver string) {
	driver = os.Getenv(driverVariable)
	if driver == "" || driverKey.MatchString(config) {
		return config, ""
	}
	key := `driver = "` + driver + `"`
	if at := engineTable.FindStringIndex(config); at != nil {
		return config[:at[1]] + "\n" + key + config[at[1]:], driver
	}
	return strings.TrimRight(config, "\n") + "\n[engine]\n" + key + "\n", driver
}
