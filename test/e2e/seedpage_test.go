// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shownBy says, for each option of MongooseIM's page on component listeners, for each other key of a listener and its neighbours,
// and for what that page says beside its options, which tests of this package show it with the real binary.
var shownBy = map[string][]string{
	// the options of the page
	"listen.component.max_connections":    {"TestMaxConnections", "TestMaxConnectionsIsExact", "TestMaxConnectionsCountsEverybody", "TestMaxConnectionsIsPerListener", "TestMaxConnectionsInfinity"},
	"listen.component.reuse_port":         {"TestReusePort", "TestMaxConnectionsIsExact"},
	"listen.component.state_timeout":      {"TestStateTimeout", "TestStateTimeoutBounds", "TestStateTimeoutForEachStep", "TestStateTimeoutDefault", "TestStateTimeoutFreesThePlace"},
	"listen.component.access":             {"TestAccessConditions", "TestAccessOfEachKindOfStanza", "TestAccessRefused"},
	"listen.component.password":           {"TestHandshakeAccepted", "TestHandshakeRefused", "TestHandshakeUTF8", "TestPasswordKeys"},
	"listen.component.shaper":             {"TestShaperRate", "TestShaperBurst", "TestShaperReadsNoMore", "TestShaperOfSmallPieces", "TestShaperNone"},
	"listen.component.check_from":         {"TestCheckFrom", "TestCheckFromOfAnInternationalName", "TestCheckFromFollowsAReload", "TestBadStanzas"},
	"listen.component.hidden_components":  {"TestHiddenComponents", "TestSuiteDiscoWithHiddenComponent"},
	"listen.component.conflict_behaviour": {"TestConflictDisconnect", "TestConflictIsTheNewcomersAffair", "TestKickOld", "TestKickOldLosesNothing", "TestKickOldOfWhoDoesNotRead", "TestKickOldOfAll", "TestBalance", "TestBalanceReplies", "TestBalanceLeaving"},
	// its note on routing, its extension, its example
	"general.routing_modules": {"TestRoutingOrder", "TestModuleOrder", "TestConflictOfReservedNames", "TestHostAddedAtRunTime"},
	"is_subdomain":            {"TestSubdomains", "TestKickOldWithSubdomains", "TestCheckFrom", "TestHiddenComponents", "TestSuiteRegisterSubdomain"},
	"the example":             {"TestPastedListener", "TestExampleConfigs"},

	// the options of all of MongooseIM's listeners, and what this page's options need
	"listen.component.port":                           {"TestAddresses", "TestAddressDefaults", "TestListenerRefused"},
	"listen.component.ip_address":                     {"TestAddresses", "TestAddressDefaults"},
	"listen.component.ip_version":                     {"TestAddresses", "TestAddressDefaults", "TestListenerRefused"},
	"listen.component.proto":                          {"TestAddresses", "TestListenerRefused"},
	"listen.component.backlog":                        {"TestBacklog"},
	"listen.component.num_acceptors":                  {"TestKeysWithoutEffect", "TestListenerRefused"},
	"listen.component.hibernate_after":                {"TestKeysWithoutEffect"},
	"listen.component.proxy_protocol":                 {"TestProxyProtocol", "TestProxyProtocolRefused", "TestProxyProtocolTimes", "TestProxyProtocolWithTheOtherOptions"},
	"listen.component.max_stanza_size":                {"TestMaxStanzaSize", "TestDefaultLimit", "TestNoLimit"},
	"listen.component.while_away":                     {"TestUpstreamLeaves"},
	"general.hosts":                                   {"TestHostService", "TestNoRoute", "TestReload"},
	"general.loglevel":                                {"TestLogLevel"},
	"shaper.NAME.max_rate":                            {"TestShaperRate"},
	"acl.NAME.match":                                  {"TestAccessConditions"},
	"acl.NAME.user":                                   {"TestAccessConditions"},
	"acl.NAME.user_regexp":                            {"TestAccessConditions"},
	"acl.NAME.user_glob":                              {"TestAccessConditions"},
	"acl.NAME.server":                                 {"TestAccessConditions"},
	"acl.NAME.server_regexp":                          {"TestAccessConditions"},
	"acl.NAME.server_glob":                            {"TestAccessConditions"},
	"acl.NAME.resource":                               {"TestAccessConditions"},
	"acl.NAME.resource_regexp":                        {"TestAccessConditions"},
	"acl.NAME.resource_glob":                          {"TestAccessConditions"},
	"access.NAME.acl":                                 {"TestAccessConditions", "TestAccessRefused"},
	"access.NAME.value":                               {"TestAccessConditions", "TestAccessRefused"},
	"modules.mod_disco.users_can_see_hidden_services": {"TestHiddenComponents"},

	// ours
	"listen.component.password_file":  {"TestPasswordKeys"},
	"listen.component.passwords":      {"TestPasswordKeys"},
	"listen.component.passwords_file": {"TestPasswordKeys", "TestPasswordRotation"},
	"listen.component.accept_balance": {"TestReusePort", "TestAcceptBalance"},
	"engine.driver":                   {"TestDriver"}, // and engine/drivertest holds the drivers to one behaviour
	"engine.loops":                    {"TestReusePort", "TestMaxConnectionsIsExact"},
	"engine.queue_low_bytes":          {"TestTwoBlockingPeers"},
	"engine.queue_high_bytes":         {"TestTwoBlockingPeers", "TestKickOldOfWhoDoesNotRead"},
	"engine.queue_hard_bytes":         {"TestKickOldOfWhoDoesNotRead"},
	"engine.pause_lease":              {"TestTwoBlockingPeers"},
	"engine.stall_timeout":            {"TestStuckReceiver", "TestStalledReceiver", "TestUnreadAnswers"},
	"engine.answer_rate":              {"TestAnswerBudget"},
	"engine.answer_bytes_rate":        {"TestAnswerBytesBudget"},
	"engine.input_budget_bytes":       {"TestHalfStanzas"},
	"engine.max_header_bytes":         {"TestMaxHeaderBytes"},
	"engine.max_depth":                {"TestXMLLimits"},
	"engine.max_attributes":           {"TestXMLLimits"},
	"engine.max_elements":             {"TestXMLLimits"},
	"engine.max_name_bytes":           {"TestXMLLimits"},
	"engine.max_namespaces":           {"TestXMLLimits"},
	"engine.max_namespace_bytes":      {"TestXMLLimits"},

	"listen.component.allow":                       {"TestAllowAndDeny"},
	"listen.component.deny":                        {"TestAllowAndDeny"},
	"listen.component.trusted_proxies":             {"TestTrustedProxies"},
	"listen.component.max_connections_per_address": {"TestConnectionsPerAddress"},
	"listen.component.accept_rate":                 {"TestAcceptRate"},
	"listen.component.accept_rate_per_address":     {"TestAcceptRatePerAddress"},
	"listen.component.max_auth_failures":           {"TestLockout"},
	"listen.component.auth_failure_window":         {"TestFailuresFarApart"},
	"listen.component.auth_lockout":                {"TestLockout"},
}

// shownElsewhere are keys whose effect is no component's to see, or whose tests are another file's affair, by their beginning.
var shownElsewhere = []string{
	"engine.source_share_bytes",   // internal/flow: the least share shows only among dozens of debtors
	"engine.answer_reserve_bytes", // internal/session: how soon who reads no answers is held
	"engine.outbox_budget_bytes",  // internal/flow
	"engine.drain_window",         // with the goodbyes
	"listen.component.tls.",       // direct TLS, upstreams, administration and clusters have tests of their own
	"upstream.", "admin.", "cluster.",
}

// TestEveryOptionIsShown: the table names every key of the manual, nothing else, and only tests that there are, each of which has
// to do with the key.
func TestEveryOptionIsShown(t *testing.T) {
	manual, err := os.ReadFile("../../docs/CONFIG.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{"is_subdomain": true, "the example": true}
	for _, m := range regexp.MustCompile("(?m)^### `([^`]+)`$").FindAllStringSubmatch(string(manual), -1) {
		keys[m[1]] = true
		if len(shownBy[m[1]]) == 0 && !isShownElsewhere(m[1]) {
			t.Errorf("no test shows %s", m[1])
		}
	}
	tests := testFiles(t, ".")
	for key, names := range shownBy {
		if !keys[key] || isShownElsewhere(key) {
			t.Errorf("%s is in the table and not in the manual, or is shown elsewhere", key)
		}
		word := key[strings.LastIndexByte(key, '.')+1:]
		found := false
		for _, name := range names {
			text, is := tests[name]
			if !is {
				t.Errorf("%s is to be shown by %s, which is no test", key, name)
			}
			found = found || strings.Contains(text, word)
		}
		if !found && word != "password" && word != "port" && word != "the example" { // those are in every listener
			t.Errorf("no test that is to show %s has the word in its file", key)
		}
	}
}

func isShownElsewhere(key string) bool {
	for _, beginning := range shownElsewhere {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}

// testFiles are the tests in some folders, each with the text of the file it stands in.
func testFiles(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	tests := make(map[string]string)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if name == "seedpage_test.go" { // the table must not be its own witness
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
					tests[f.Name.Name] = string(text)
				}
			}
		}
	}
	return tests
}
