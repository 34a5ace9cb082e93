{{/* Name of everything in the release; a release named after the chart is not named twice. */}}
{{- define "millrace.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The headless service, which gives each pod a name of its own. */}}
{{- define "millrace.headless" -}}
{{- printf "%s-pods" (include "millrace.fullname" .) -}}
{{- end -}}

{{/* The Redis of `redis.dev`. */}}
{{- define "millrace.redis" -}}
{{- printf "%s-redis" (include "millrace.fullname" .) -}}
{{- end -}}

{{- define "millrace.instanceLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* What only the pods of the service have. */}}
{{- define "millrace.selectorLabels" -}}
{{ include "millrace.instanceLabels" . }}
app.kubernetes.io/component: stream-processor
{{- end -}}

{{- define "millrace.redisLabels" -}}
{{ include "millrace.instanceLabels" . }}
app.kubernetes.io/component: redis
{{- end -}}

{{- define "millrace.labels" -}}
{{ include "millrace.instanceLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "millrace.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "millrace.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "millrace.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* An environment variable from a secret: (list NAME secret key). */}}
{{- define "millrace.secretEnv" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 | quote }}
      key: {{ index . 2 | quote }}
{{- end -}}

{{/* Where Kafka and Redis are, and how to log in. */}}
{{- define "millrace.connectionEnv" -}}
- name: MILLRACE_KAFKA__BROKERS
  value: {{ .Values.kafka.brokers | quote }}
{{- with .Values.kafka }}
{{- if .existingSecret }}
- name: MILLRACE_KAFKA__SASL__MECHANISM
  value: {{ .mechanism | quote }}
{{ include "millrace.secretEnv" (list "MILLRACE_KAFKA__SASL__USERNAME" .existingSecret .usernameKey) }}
{{ include "millrace.secretEnv" (list "MILLRACE_KAFKA__SASL__PASSWORD" .existingSecret .passwordKey) }}
{{- end }}
{{- end }}
{{- if .Values.redis.dev.enabled }}
- name: MILLRACE_REDIS__URL
  value: redis://{{ include "millrace.redis" . }}:6379
{{- else if .Values.redis.existingSecret }}
{{ include "millrace.secretEnv" (list "MILLRACE_REDIS__URL" .Values.redis.existingSecret .Values.redis.urlKey) }}
{{- else }}
- name: MILLRACE_REDIS__URL
  value: {{ .Values.redis.url | quote }}
{{- end }}
{{- end -}}

{{/* Arguments that name the files of the release: its configuration, then its topologies. */}}
{{- define "millrace.files" -}}
{{- if .Values.config }}
- --config-dir
- /etc/millrace/config
{{- end }}
{{- range $name, $_ := .Values.topologies }}
- {{ printf "/etc/millrace/topologies/%s.yaml" $name | quote }}
{{- end }}
{{- end -}}

{{/* Mounts of those files, and a /tmp to write to. */}}
{{- define "millrace.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.config }}
- name: config
  mountPath: /etc/millrace/config
  readOnly: true
{{- end }}
{{- if .Values.topologies }}
- name: topologies
  mountPath: /etc/millrace/topologies
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "millrace.volumes" -}}
- name: tmp
  emptyDir: {}
{{- if .Values.config }}
- name: config
  configMap:
    name: {{ include "millrace.fullname" . }}-config
{{- end }}
{{- if .Values.topologies }}
- name: topologies
  configMap:
    name: {{ include "millrace.fullname" . }}-topologies
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A user without a name and without rights, of the given number. */}}
{{- define "millrace.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "millrace.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
