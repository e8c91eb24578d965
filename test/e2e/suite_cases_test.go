// SPDX-License-Identifier: Apache-2.0

package e2e

import "testing"

// suiteCases are the cases of MongooseIM's component_SUITE, in its groups and its order, and their counterparts here.
var suiteCases = []struct{ name, test string }{
	// xep0114
	{"register_one_component", "TestSuiteRegisterOneComponent"},
	{"register_one_component_tls", "TestSuiteRegisterOneComponentTLS"},
	{"dirty_disconnect", "TestSuiteDirtyDisconnect"},
	{"register_two_components", "TestSuiteRegisterTwoComponents"},
	{"intercomponent_communication", "TestSuiteIntercomponentCommunication"},
	{"try_registering_with_wrong_password", "TestSuiteTryRegisteringWithWrongPassword"},
	{"try_registering_component_twice", "TestSuiteTryRegisteringComponentTwice"},
	{"try_registering_existing_host", "TestSuiteTryRegisteringExistingHost"},
	{"disco_components", "TestSuiteDiscoComponents"},
	{"kick_old_component_on_conflict", "TestSuiteKickOldComponentOnConflict"},
	{"component_sends_unexpected_stanza_name", "TestSuiteBadStanzas"},
	{"component_sends_stanza_with_invalid_to_jid", "TestSuiteBadStanzas"},
	{"component_sends_stanza_with_invalid_from_jid", "TestSuiteBadStanzas"},
	{"iq_and_presence_are_routed_from_component", "TestSuiteIqAndPresenceAreRoutedFromComponent"},
	// check_from_disabled
	{"intercomponent_communication", "TestSuiteIntercomponentCommunication"},
	{"deliver_stanza_with_custom_from_domain", "TestSuiteDeliverStanzaWithCustomFromDomain"},
	// subdomain
	{"register_subdomain", "TestSuiteRegisterSubdomain"},
	{"deliver_stanza_from_subdomain_component", "TestSuiteDeliverStanzaFromSubdomainComponent"},
	{"from_jid_is_validated_for_subdomain_component", "TestSuiteFromJIDIsValidatedForSubdomainComponent"},
	// hidden_components
	{"disco_with_hidden_component", "TestSuiteDiscoWithHiddenComponent"},
	// distributed: these need several nodes and are in test/cluster
	{"register_in_cluster", "TestAcross"},
	{"register_same_on_both", "TestSameNameByNode"},
	{"clear_on_node_down", "TestKilledNode"},
}

// TestSuiteIsComplete: each case has its counterpart.
func TestSuiteIsComplete(t *testing.T) {
	tests := testFiles(t, ".", "../cluster")
	for _, c := range suiteCases {
		if _, is := tests[c.test]; !is {
			t.Errorf("component_SUITE's %s has no counterpart %s", c.name, c.test)
		}
	}
}
