package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:generate go tool oapi-codegen -config oapi.yaml -o api.gen.go openapi.yaml

// documentYAML is what /openapi.yaml answers, byte for byte.
//
//go:embed openapi.yaml
var documentYAML []byte

// The names in x-visavis-actors. Those of agents are their roles.
const (
	actorNobody   = "nobody" // anyone, signed in or not
	actorBank     = "bank"
	actorCustomer = "customer"
)

// operation is one method and path of the document, with what the server
// enforces for it.
type operation struct {
	ID     string // operationId
	Method string
	Path   string // as in the document: /v1/calls/{call_id}
	Route  string // as Gin writes it: /v1/calls/:call_id

	Actors   []string // x-visavis-actors: who may call it
	Scope    string   // x-visavis-scope: what an API key needs
	Customer []string // x-visavis-customer: one of these a customer needs; any, proved, manage, call

	// OwnTransaction is x-visavis-own-transaction: the operation commits by
	// itself; see runClaimed.
	OwnTransaction bool
	// OwnKey is x-visavis-own-key: the Idempotency-Key is kept in the row that
	// the operation makes, see ownKey.
	OwnKey bool
	// Together is x-visavis-together: the operation commits beside others, with the
	// Idempotency-Key, where it can, see once; else as any other.
	Together bool

	Once   []string // top-level members of the answer that are shown once
	Params openapi3.Parameters
	Body   *openapi3.RequestBody // nil: none is taken
	Spec   *openapi3.Operation
}

// allows reports whether an actor of this name may call the operation.
// octets is the media type of a body that is a file's bytes.
const octets = "application/octet-stream"

// file tells whether the operation's body is a file's bytes.
func (o *operation) file() bool { return o.Body != nil && o.Body.Content.Get(octets) != nil }

func (o *operation) allows(actor string) bool { return slices.Contains(o.Actors, actor) }

// allowsAgents reports whether any role may call the operation.
func (o *operation) allowsAgents() bool {
	return slices.ContainsFunc(o.Actors, func(a string) bool {
		return a != actorNobody && a != actorBank && a != actorCustomer
	})
}

// document is the API's description, loaded and checked.
type document struct {
	spec       *openapi3.T
	operations []*operation          // in the document's order
	byRoute    map[string]*operation // method, space, Gin route
}

// loadDocument reads the embedded document. An operation that does not say who
// may call it is an error: the server then does not start.
func loadDocument() (*document, error) {
	spec, err := openapi3.NewLoader().LoadFromData(documentYAML)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	// In 3.1 mode kin-openapi hands every value to a JSON Schema library:
	// 28 times slower, and without a message per field.
	spec.OpenAPI = "3.0.3"

	d := &document{spec: spec, byRoute: map[string]*operation{}}
	for _, path := range spec.Paths.InMatchingOrder() {
		methods := spec.Paths.Value(path).Operations()
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if methods[method] == nil {
				continue
			}
			op, err := newOperation(method, path, methods[method])
			if err != nil {
				return nil, fmt.Errorf("openapi.yaml: %s %s: %w", method, path, err)
			}
			d.operations = append(d.operations, op)
			d.byRoute[method+" "+op.Route] = op
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return a.at() - b.at() })
	return d, nil
}

// at is where the operation stands in the document; the loader keeps no order.
func (o *operation) at() int { return bytes.Index(documentYAML, []byte("operationId: "+o.ID+"\n")) }

func newOperation(method, path string, spec *openapi3.Operation) (*operation, error) {
	op := &operation{
		ID: spec.OperationID, Method: method, Path: path,
		Route:    strings.NewReplacer("{", ":", "}", "").Replace(path),
		Actors:   extension(spec, "x-visavis-actors"),
		Customer: extension(spec, "x-visavis-customer"),
		Params:   spec.Parameters, Spec: spec,
	}
	op.Scope, _ = spec.Extensions["x-visavis-scope"].(string)
	op.OwnKey, _ = spec.Extensions["x-visavis-own-key"].(bool)
	op.Together, _ = spec.Extensions["x-visavis-together"].(bool)
	op.OwnTransaction, _ = spec.Extensions["x-visavis-own-transaction"].(bool)
	if spec.RequestBody != nil {
		op.Body = spec.RequestBody.Value
	}
	for _, status := range []int{http.StatusOK, http.StatusCreated} {
		if r := spec.Responses.Status(status); r != nil {
			if media := r.Value.Content.Get("application/json"); media != nil {
				for name, property := range media.Schema.Value.Properties {
					if once, _ := property.Value.Extensions["x-visavis-once"].(bool); once {
						op.Once = append(op.Once, name)
					}
				}
			}
		}
	}
	switch {
	case op.ID == "":
		return nil, fmt.Errorf("no operationId")
	case len(op.Actors) == 0:
		return nil, fmt.Errorf("no x-visavis-actors: say who may call it")
	case op.allows(actorBank) && op.Scope == "":
		return nil, fmt.Errorf("no x-visavis-scope, although API keys may call it")
	case op.allows(actorCustomer) && len(op.Customer) == 0:
		return nil, fmt.Errorf("no x-visavis-customer, although customers may call it")
	}
	return op, nil
}

func extension(spec *openapi3.Operation, name string) []string {
	list, _ := spec.Extensions[name].([]any)
	words := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			words = append(words, s)
		}
	}
	return words
}
