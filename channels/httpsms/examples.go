package httpsms

import _ "embed" // the examples

// JSONCarrier and QueryCarrier are the two example descriptions; the simulator
// has the carriers that they describe.
var (
	//go:embed examples/json-carrier.yaml
	JSONCarrier []byte
	//go:embed examples/query-carrier.yaml
	QueryCarrier []byte
)
