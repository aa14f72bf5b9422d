package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fcmSchemas are the types of FCM HTTP v1's send request, as its discovery document defines them: "#T" is a type of this
// table, "map" an object of strings, "object" one of anything, "[]" a list, "enum:" one of the words that follow.
var fcmSchemas = map[string]map[string]string{
	"SendMessageRequest": {"message": "#Message", "validateOnly": "boolean"},
	"Message": {
		"name": "string", "token": "string", "topic": "string", "condition": "string", "data": "map",
		"notification": "#Notification", "android": "#AndroidConfig", "apns": "#ApnsConfig",
		"webpush": "#WebpushConfig", "fcmOptions": "#FcmOptions",
	},
	"Notification": {"title": "string", "body": "string", "image": "string"},
	"FcmOptions":   {"analyticsLabel": "string"},
	"AndroidConfig": {
		"bandwidthConstrainedOk": "boolean", "collapseKey": "string", "data": "map", "directBootOk": "boolean",
		"fcmOptions": "#AndroidFcmOptions", "notification": "#AndroidNotification", "priority": "enum:NORMAL|HIGH",
		"restrictedPackageName": "string", "ttl": "duration",
	},
	"AndroidFcmOptions": {"analyticsLabel": "string"},
	"AndroidNotification": {
		"body": "string", "bodyLocArgs": "[]string", "bodyLocKey": "string", "bypassProxyNotification": "boolean",
		"channelId": "string", "clickAction": "string", "color": "string", "defaultLightSettings": "boolean",
		"defaultSound": "boolean", "defaultVibrateTimings": "boolean", "eventTime": "datetime", "icon": "string",
		"image": "string", "lightSettings": "#LightSettings", "localOnly": "boolean", "notificationCount": "integer",
		"notificationPriority": "enum:PRIORITY_UNSPECIFIED|PRIORITY_MIN|PRIORITY_LOW|PRIORITY_DEFAULT|PRIORITY_HIGH|PRIORITY_MAX",
		"proxy":                "enum:PROXY_UNSPECIFIED|ALLOW|DENY|IF_PRIORITY_LOWERED",
		"sound":                "string", "sticky": "boolean", "tag": "string", "ticker": "string", "title": "string",
		"titleLocArgs": "[]string", "titleLocKey": "string", "vibrateTimings": "[]duration",
		"visibility": "enum:VISIBILITY_UNSPECIFIED|PRIVATE|PUBLIC|SECRET",
	},
	"LightSettings":  {"color": "#Color", "lightOffDuration": "duration", "lightOnDuration": "duration"},
	"Color":          {"red": "number", "green": "number", "blue": "number", "alpha": "number"},
	"ApnsConfig":     {"fcmOptions": "#ApnsFcmOptions", "headers": "map", "liveActivityToken": "string", "payload": "object"},
	"ApnsFcmOptions": {"analyticsLabel": "string", "image": "string"},
	"WebpushConfig":  {"data": "map", "fcmOptions": "#WebpushFcmOptions", "headers": "map", "notification": "object"},
	"WebpushFcmOptions": {
		"analyticsLabel": "string", "link": "string",
	},
}

// violation is one wrong field of a JSON request.
type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

var (
	durationPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]{1,9})?s$`)
	snakePattern    = regexp.MustCompile(`_([a-z0-9])`)
)

// camel is the JSON name of a field; proto3's JSON mapping accepts the snake_case name as well.
func camel(name string) string {
	return snakePattern.ReplaceAllStringFunc(name, func(s string) string { return strings.ToUpper(s[1:]) })
}

// checkFCM holds value against kind and gives it with camelCase names. Violations are added to found.
func checkFCM(value any, kind, path string, found *[]violation) any {
	wrong := func() any {
		*found = append(*found, violation{path, fmt.Sprintf("Invalid value at '%s' (%s), %s", path, strings.TrimPrefix(kind, "#"), short(value))})
		return nil
	}
	if value == nil {
		return nil // JSON null is an absent field
	}
	if name, ok := strings.CutPrefix(kind, "#"); ok {
		object, ok := value.(map[string]any)
		if !ok {
			return wrong()
		}
		return checkFCMObject(object, fcmSchemas[name], path, found)
	}
	if each, ok := strings.CutPrefix(kind, "[]"); ok {
		list, ok := value.([]any)
		if !ok {
			return wrong()
		}
		for i, item := range list {
			checkFCM(item, each, fmt.Sprintf("%s[%d]", path, i), found)
		}
		return list
	}
	text, isText := value.(string)
	ok := false
	if words, enum := strings.CutPrefix(kind, "enum:"); enum {
		ok = isText && slices.Contains(strings.Split(words, "|"), strings.ToUpper(text))
	}
	switch kind {
	case "string":
		ok = isText
	case "boolean":
		_, ok = value.(bool)
	case "number", "integer":
		n, isNumber := value.(json.Number)
		if ok = isNumber; ok && kind == "integer" {
			_, err := n.Int64()
			ok = err == nil
		}
	case "duration":
		ok = isText && durationPattern.MatchString(text)
	case "datetime":
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = isText && err == nil
	case "object":
		_, ok = value.(map[string]any)
	case "map":
		var object map[string]any
		if object, ok = value.(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(object)) {
				if _, isText := object[key].(string); !isText {
					at := path + "[" + key + "]"
					*found = append(*found, violation{at, fmt.Sprintf("Invalid value at '%s' (TYPE_STRING), %s", at, short(object[key]))})
				}
			}
		}
	}
	if !ok {
		return wrong()
	}
	return value
}

func checkFCMObject(object map[string]any, fields map[string]string, path string, found *[]violation) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field := camel(name)
		kind, known := fields[field]
		at := strings.TrimPrefix(path+"."+field, ".")
		_, twice := out[field]
		switch {
		case !known:
			description := fmt.Sprintf("Invalid JSON payload received. Unknown name \"%s\": Cannot find field.", name)
			if path != "" {
				description = fmt.Sprintf("Invalid JSON payload received. Unknown name \"%s\" at '%s': Cannot find field.", name, path)
			}
			*found = append(*found, violation{path, description})
		case twice:
			*found = append(*found, violation{at, "Invalid JSON payload received. The field is given twice."})
		default:
			out[field] = checkFCM(object[name], kind, at, found)
		}
	}
	return out
}

// short shows a wrong value without repeating a long one.
func short(value any) string {
	encoded, _ := json.Marshal(value)
	if len(encoded) > 60 {
		return string(encoded[:60]) + "..."
	}
	return string(encoded)
}
