package httpapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS []byte

// docsOperation, docsField and docsSchema are what docs.html shows.
type docsOperation struct {
	*operation
	Summary, Description string
	Params               []docsField
	Body, Answer         string // schema names
	Status               string
	Problems             []string
	Example              string
}

type docsField struct {
	Name, In, Type, Description string
	Required                    bool
	Ref                         string // a schema to link to
}

type docsSchema struct {
	Name, Description, Type string
	Fields                  []docsField
	Enum                    []string
	Example                 string
}

type docsTag struct {
	Name, Description string
	Operations        []docsOperation
}

// renderDocs makes the page /docs from the document: a plain list without
// script, so that it needs nothing from elsewhere.
func renderDocs(d *document) ([]byte, error) {
	page := struct {
		Title, Version, Description string
		Tags                        []docsTag
		Schemas                     []docsSchema
	}{Title: d.spec.Info.Title, Version: d.spec.Info.Version, Description: d.spec.Info.Description}
	for _, tag := range d.spec.Tags {
		t := docsTag{Name: tag.Name, Description: tag.Description}
		for _, op := range d.operations {
			if slices.Contains(op.Spec.Tags, tag.Name) {
				t.Operations = append(t.Operations, documentOperation(op))
			}
		}
		page.Tags = append(page.Tags, t)
	}
	for name, ref := range d.spec.Components.Schemas {
		page.Schemas = append(page.Schemas, documentSchema(name, ref.Value))
	}
	slices.SortFunc(page.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })

	t, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, fmt.Errorf("docs.html: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return nil, fmt.Errorf("docs.html: %w", err)
	}
	return out.Bytes(), nil
}

func documentOperation(op *operation) docsOperation {
	o := docsOperation{operation: op, Summary: op.Spec.Summary, Description: op.Spec.Description}
	for _, ref := range op.Params {
		p := ref.Value
		f := describe(p.Name, p.Schema)
		f.In, f.Required, f.Description = p.In, p.Required, p.Description
		o.Params = append(o.Params, f)
	}
	if op.Body != nil {
		if media := op.Body.Content.Get("application/json"); media != nil {
			o.Body = schemaName(media.Schema)
			o.Example = example(media.Schema.Value)
		}
	}
	for _, status := range op.Spec.Responses.Keys() {
		response := op.Spec.Responses.Value(status)
		if strings.HasPrefix(status, "2") || status == "101" {
			if o.Status != "" {
				continue
			}
			o.Status = status
			for mediaType, media := range response.Value.Content {
				if o.Answer = schemaName(media.Schema); o.Answer == "" {
					o.Status += " " + mediaType
				}
			}
		} else if status != "default" {
			o.Problems = append(o.Problems, status)
		}
	}
	slices.Sort(o.Problems)
	return o
}

func documentSchema(name string, schema *openapi3.Schema) docsSchema {
	s := docsSchema{Name: name, Description: schema.Description, Example: example(schema)}
	if schema.Type != nil {
		s.Type = strings.Join(schema.Type.Slice(), " or ")
	}
	for _, v := range schema.Enum {
		s.Enum = append(s.Enum, fmt.Sprint(v))
	}
	for property, ref := range schema.Properties {
		f := describe(property, ref)
		f.Required = slices.Contains(schema.Required, property)
		s.Fields = append(s.Fields, f)
	}
	slices.SortFunc(s.Fields, func(a, b docsField) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return s
}

// describe says a value's type and limits in words.
func describe(name string, ref *openapi3.SchemaRef) docsField {
	f := docsField{Name: name, Ref: schemaName(ref)}
	s := ref.Value
	if f.Ref != "" {
		f.Type = f.Ref
	} else if s.Type != nil {
		f.Type = strings.Join(s.Type.Slice(), " or ")
	}
	f.Description = s.Description
	if s.Type.Is("array") && s.Items != nil {
		item := describe("", s.Items)
		f.Type, f.Ref = "list of "+item.Type, item.Ref
	}
	if f.Ref != "" {
		return f
	}
	var limits []string
	if s.Format != "" {
		limits = append(limits, s.Format)
	}
	if len(s.Enum) > 0 {
		words := make([]string, 0, len(s.Enum))
		for _, v := range s.Enum {
			words = append(words, fmt.Sprint(v))
		}
		limits = append(limits, "one of "+strings.Join(words, ", "))
	}
	if s.MaxLength != nil {
		limits = append(limits, fmt.Sprintf("%d–%d characters", s.MinLength, *s.MaxLength))
	}
	if s.Min != nil && s.Max != nil {
		limits = append(limits, fmt.Sprintf("%v–%v", *s.Min, *s.Max))
	}
	if s.Default != nil {
		limits = append(limits, fmt.Sprintf("default %v", s.Default))
	}
	if len(limits) > 0 {
		f.Type += " (" + strings.Join(limits, ", ") + ")"
	}
	return f
}

func schemaName(ref *openapi3.SchemaRef) string {
	if ref == nil {
		return ""
	}
	return strings.TrimPrefix(ref.Ref, "#/components/schemas/")
}

func example(schema *openapi3.Schema) string {
	if schema == nil || len(schema.Examples) == 0 {
		return ""
	}
	out, err := json.MarshalIndent(schema.Examples[0], "", "  ")
	if err != nil {
		return ""
	}
	return string(out)
}

// serveDocs answers with the documentation page. Its style sheet is a file of
// ours; there is no script.
func (s *Server) serveDocs(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", s.docs)
}

func (s *Server) serveDocsCSS(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/css; charset=utf-8", docsCSS)
}
