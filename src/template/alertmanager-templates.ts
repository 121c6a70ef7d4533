import { alertmanagerFunctions } from './alertmanager-functions.ts';
import { functionNames } from './execute.ts';
import { parseTemplate } from './parser.ts';
import type { TemplateNode } from './tree.ts';

/** The names that notification templates may call. */
export const NOTIFICATION_FUNCTIONS: ReadonlySet<string> = functionNames(alertmanagerFunctions(0));

/**
 * The templates that exist without a `templates:` file, under Alertmanager's names and with its output: receivers refer to them, and
 * files may define them anew. Those of destinations that are not delivered are left out.
 */
const TEXT = `
{{- define "__alertmanager" }}Alertmanager{{ end -}}
{{- define "__alertmanagerURL" }}{{ printf "%s/#/alerts?receiver=%s" .ExternalURL (urlquery .Receiver) }}{{ end -}}
{{- define "__description" }}{{ end -}}

{{- define "__subject" -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }} {{ if gt (len .CommonLabels) (len .GroupLabels) -}}
  ({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ join " " .Values }}{{ end }})
  {{- end }}
{{- end -}}

{{- define "__pairs" }}{{ range .SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}{{ end -}}
{{- define "__text_alert_list" }}{{ range . -}}
Labels:
{{ template "__pairs" .Labels }}Annotations:
{{ template "__pairs" .Annotations }}Source: {{ .GeneratorURL }}
{{ end }}{{ end -}}

{{- define "slack.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end -}}
{{- define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "slack.default.pretext" }}{{ end -}}
{{- define "slack.default.text" }}{{ end -}}
{{- define "slack.default.footer" }}{{ end -}}
{{- define "slack.default.callbackid" }}{{ end -}}
{{- define "slack.default.iconemoji" }}{{ end -}}
{{- define "slack.default.iconurl" }}{{ end -}}

{{- define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end -}}
{{- define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end -}}

{{- define "email.default.subject" }}{{ template "__subject" . }}{{ end -}}
`;

export const ALERTMANAGER_TEMPLATES: ReadonlyMap<string, readonly TemplateNode[]> = parseTemplate(TEXT, {
  functions: NOTIFICATION_FUNCTIONS,
}).definitions;
